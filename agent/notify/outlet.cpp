// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/outlet.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/units.hpp"

namespace forkmend::notify {

namespace asio = boost::asio;

namespace {

constexpr auto kOutletTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

Outlet::Outlet(const asio::any_io_executor& executor, NotifierOptions options,
               const std::string& directory, DeliverySchedule schedule, ProblemSink problem)
    : options_(std::move(options)),
      schedule_(schedule),
      name_(name_of(options_)),
      problem_(std::move(problem)),
      queue_(directory + "/" + name_, schedule.most_messages),
      wake_(executor),
      closing_(executor, Clock::time_point::max()),
      jitter_(schedule.seed),
      next_repeat_(Clock::now()) {
  counts_.notifier = name_;
  if (const auto loaded = queue_.load(); !loaded) report(loaded.error().message);
  load_firing();
}

void Outlet::report(const std::string& line) {
  if (problem_) problem_(name_ + ": " + line);
}

void Outlet::send(const IncidentMessage& message) {
  const std::uint64_t dropped = queue_.dropped();
  if (const auto kept = queue_.push(message); !kept) {
    report("a message waits in memory only: " + kept.error().message);
  }
  if (queue_.dropped() != dropped) report("too many messages wait: the oldest is dropped");
  wake_.cancel();
}

void Outlet::close() {
  closed_ = true;
  wake_.cancel();
  closing_.cancel();
}

OutletCounts Outlet::counts() const {
  OutletCounts counts = counts_;
  counts.dropped = queue_.dropped();
  counts.damaged = queue_.damaged();
  counts.waiting = queue_.size();
  return counts;
}

asio::awaitable<void> Outlet::wait(Clock::time_point until) {
  if (closed_) co_return;
  wake_.expires_at(until);
  co_await wake_.async_wait(kOutletTuple);
}

asio::awaitable<void> Outlet::run() {
  while (!closed_) {
    if (queue_.size() > 0) {
      co_await deliver_front();
      continue;
    }
    if (!firing_.empty() && Clock::now() >= next_repeat_) {
      co_await repeat_firing();
      continue;
    }
    co_await wait(firing_.empty() ? Clock::time_point::max() : next_repeat_);
  }
}

/// Cut short by close(): what is not known to be delivered stays in the queue.
asio::awaitable<Delivery> Outlet::attempt(std::vector<IncidentMessage> messages) {
  using asio::experimental::awaitable_operators::operator||;
  auto work = deliver(options_, schedule_, std::move(messages), read_clock().wall);
  auto ended = co_await (std::move(work) || closing_.async_wait(kOutletTuple));
  if (ended.index() == 0) co_return std::get<0>(std::move(ended));
  co_return Delivery{Delivery::Result::failed, "the agent ends"};
}

asio::awaitable<void> Outlet::deliver_front() {
  auto waiting = queue_.front();
  if (!waiting) co_return;
  if (read_clock().wall - waiting->message.at > schedule_.give_up_after) {
    ++counts_.expired;
    report("given up after " + format_duration(schedule_.give_up_after) + ": " +
           waiting->message.instance + " " + std::string(to_string(waiting->message.stage)));
    queue_.pop(waiting->number);
    co_return;
  }
  auto messages = with_what_ends(waiting->message);
  const Delivery delivery = co_await attempt(std::move(messages));
  if (closed_ && delivery.result != Delivery::Result::delivered) co_return;
  conclude(*waiting, delivery);
  if (failures_ == 0) co_return;
  const double jitter = static_cast<double>(jitter_()) / static_cast<double>(jitter_.max());
  const auto again = Clock::now() + retry_delay(schedule_, failures_, jitter);
  // A further message does not make the peer healthier: it waits, too.
  while (!closed_ && Clock::now() < again) co_await wait(again);
}

void Outlet::conclude(const MessageQueue::Waiting& waiting, const Delivery& delivery) {
  switch (delivery.result) {
    case Delivery::Result::delivered:
      ++counts_.sent;
      if (failures_ > 0) report("delivers again");
      failures_ = 0;
      note_firing(waiting.message);
      queue_.pop(waiting.number);
      break;
    case Delivery::Result::refused:
      ++counts_.refused;
      failures_ = 0;
      report("a message is refused and dropped: " + delivery.because);
      queue_.pop(waiting.number);
      break;
    case Delivery::Result::failed:
      ++counts_.retried;
      if (failures_++ == 0) report("not delivered, will be tried again: " + delivery.because);
      break;
  }
}

}  // namespace forkmend::notify
