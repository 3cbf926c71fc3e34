// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/notifier.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace forkmend::notify {

namespace asio = boost::asio;

namespace {

/// As a coroutine of its own, so that the outlet lives as long as what runs in it.
asio::awaitable<void> run_outlet(std::shared_ptr<Outlet> outlet) {
  co_await outlet->run();
}

}  // namespace

Notifier::Notifier(const asio::any_io_executor& executor) : executor_(executor) {}

Result<std::unique_ptr<Notifier>> Notifier::open(const asio::any_io_executor& executor,
                                                 const std::string& state_dir,
                                                 const std::vector<NotifierOptions>& options,
                                                 DeliverySchedule schedule,
                                                 const ProblemSink& problem) {
  std::unique_ptr<Notifier> notifier(new Notifier(executor));
  const std::string directory = state_dir + "/notify";
  std::vector<std::string> names;
  for (const NotifierOptions& one : options) {
    if (const auto good = check(one); !good) {
      return good.error().during("reading [[notify]] of type " + std::string(to_string(one.type)));
    }
    const std::string name = name_of(one);
    if (std::ranges::find(names, name) != names.end()) continue;
    names.push_back(name);
    notifier->outlets_.push_back(
        std::make_shared<Outlet>(executor, one, directory, schedule, problem));
  }
  const std::size_t removed = remove_other_queues(directory, names, read_clock().wall);
  if (removed > 0 && problem) {
    problem(std::to_string(removed) +
            " messages to notifiers that are no longer configured are dropped");
  }
  return notifier;
}

void Notifier::send(const IncidentMessage& message) {
  for (const auto& outlet : outlets_) outlet->send(message);
}

void Notifier::close() {
  for (const auto& outlet : outlets_) outlet->close();
}

std::vector<OutletCounts> Notifier::counts() const {
  std::vector<OutletCounts> all;
  all.reserve(outlets_.size());
  for (const auto& outlet : outlets_) all.push_back(outlet->counts());
  return all;
}

std::vector<IncidentMessage> Notifier::firing() const {
  std::vector<IncidentMessage> all;
  for (const auto& outlet : outlets_) {
    all.insert(all.end(), outlet->firing().begin(), outlet->firing().end());
  }
  return all;
}

asio::awaitable<void> Notifier::run() {
  // Never fires; cancelled when an outlet has ended.
  const auto ended =
      std::make_shared<asio::steady_timer>(executor_, asio::steady_timer::time_point::max());
  const auto running = std::make_shared<std::size_t>(outlets_.size());
  for (const auto& outlet : outlets_) {
    auto work = run_outlet(outlet);
    asio::co_spawn(executor_, std::move(work), [ended, running](const std::exception_ptr& thrown) {
      --*running;
      ended->cancel();
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  while (*running > 0) co_await ended->async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace forkmend::notify
