// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// When servers are polled, all of them from one timer. Polls fall on a grid of time: what is due
// by a point of it is sent then, and what was answered is collected at the next one, without asking
// the kernel which sockets are readable. So a poll costs two system calls and a part of a wake-up.
#include <algorithm>
#include <random>
#include <utility>

#include "base/log.hpp"
#include "base/units.hpp"
#include "daemon/agent_loop.hpp"
#include "daemon/publish.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

/// Between the beginnings of two polls, however often something asks for one.
constexpr milliseconds kApart{50};

/// After what something asked for was sent: a server answers in less.
constexpr milliseconds kSoon{1};

constexpr int kGridsInInterval = 20;
constexpr milliseconds kFinestGrid{1};
constexpr milliseconds kCoarsestGrid{50};

nanoseconds next_on_grid(nanoseconds after, milliseconds interval) {
  const nanoseconds grid = std::clamp(interval / kGridsInInterval, kFinestGrid, kCoarsestGrid);
  return (after / grid + 1) * grid;
}

}  // namespace

void AgentLoop::plan_poll(const InstancePtr& instance, nanoseconds at) {
  put_on_time(instance, next_on_grid(at, options_->interval));
}

void AgentLoop::put_on_time(const InstancePtr& instance, nanoseconds due) {
  instance->poll.due = due;
  due_.push(due, instance);
  if (due < polls_wake_at_) polls_bell_.ring();
}

/// Some time within the interval: not all at the same time.
void AgentLoop::begin_polling(const InstancePtr& instance) {
  std::uniform_real_distribution<double> any(0.0, 1.0);
  const auto wait = std::chrono::duration_cast<nanoseconds>(options_->interval * any(chance_));
  plan_poll(instance, read_clock().boot + wait);
}

void AgentLoop::poll_soon(const InstancePtr& instance) {
  Poll& poll = instance->poll;
  poll.hurried = true;
  if (poll.phase != PollPhase::idle) return;
  put_on_time(instance, std::min(poll.due, std::max(read_clock().boot, poll.asked_at + kApart)));
}

void AgentLoop::begin_poll(const InstancePtr& instance, nanoseconds now) {
  Poll& poll = instance->poll;
  poll.asked_at = now;
  poll.soon = std::exchange(poll.hurried, false);
  if (poll.socket && poll.socket->ask()) {
    poll.phase = PollPhase::asked;
    asked_.push_back(instance);
  } else {
    connect_and_poll(instance);
  }
}

/// Also in the place of a connection that the server has closed since the last poll.
void AgentLoop::connect_and_poll(const InstancePtr& instance) {
  instance->poll.socket.reset();
  instance->poll.phase = PollPhase::connecting;
  instance->poll.task =
      sources_.spawn("polling " + instance->endpoint, poll_by_connection(instance));
}

/// False while it is to be asked for again.
bool AgentLoop::collect_poll(const InstancePtr& instance, nanoseconds now) {
  if (instance->gone) return true;
  const auto answer = instance->poll.socket->collect(answer_);
  if (!answer && answer.error().code == Errc::closed) {
    connect_and_poll(instance);
    return true;
  }
  if (!answer) {
    poll_is_over(instance, answer.error());
    return true;
  }
  if (*answer) {
    poll_is_over(instance, read_poll(**answer));
    return true;
  }
  if (now - instance->poll.asked_at < instance->options.deadline) return false;
  poll_is_over(instance, Error{Errc::timeout, "no answer to INFO persistence within " +
                                                  format_duration(instance->options.deadline)});
  return true;
}

void AgentLoop::poll_failed(const InstancePtr& instance, const Error& error) {
  instance->poll.socket.reset();
  ++instance->shown->cost.failed;
  instance->pace.on_silence();
  instance->shown->reachable = false;
  instance->shown->unreachable_because = error.message;
  log::write(log::Level::debug, {}, instance->endpoint + ": " + error.message);
}

void AgentLoop::poll_is_over(const InstancePtr& instance, const Result<redis::Persistence>& seen) {
  const Now now = read_clock();
  Poll& poll = instance->poll;
  ++instance->shown->cost.polls;
  if (seen) {
    instance->pace.on_answer();
    take_poll(instance, *seen, now);
  } else {
    poll_failed(instance, seen.error());
  }
  poll.phase = PollPhase::idle;
  poll.soon = false;
  std::uniform_real_distribution<double> any(0.0, 1.0);
  // From when it was asked: the answer was there before it was collected.
  const auto apart = instance->pace.next(options_->interval, now.boot, any(chance_));
  plan_poll(instance, std::max(now.boot, poll.asked_at + apart));
  if (poll.hurried) poll_soon(instance);
}

/// A save of the server's own speaks for what healed it last.
void AgentLoop::credit_heals(const InstancePtr& instance, engine::SaveTime save, Now now) {
  const auto heals = engine::credit_save(options_->state_dir, instance->endpoint, save,
                                         options_->policy.rails, now);
  if (!heals) {
    log::write(log::Level::warning, {}, "a save is not counted: " + heals.error().message);
    return;
  }
  for (const std::string& heal : *heals) {
    const std::string says = instance->endpoint + ": a save of its own has worked";
    log::write(log::Level::info, heal, says);
    auto& news = shown(instance->endpoint).incident;
    if (!news || news->id != heal || news->state != "mitigated") continue;
    // What had to wait for a proof has one.
    news->state = "healed";
    news->because = {says};
    news->closed = now.wall;
    instance->watch.on_healed();
    if (options_->on_incident) options_->on_incident(*news);
  }
}

void AgentLoop::take_poll(const InstancePtr& instance, const redis::Persistence& polled, Now now) {
  show_poll(*instance->shown, polled, now.wall);
  const auto save = instance->saves.on_poll(polled, now.wall);
  if (save) credit_heals(instance, *save, now);
  const auto event = [&](EventMeaning meaning, std::string says) {
    take_event({.source = EventSource::poll,
                .meaning = meaning,
                .endpoint = instance->endpoint,
                .seen = now.boot,
                .delay = {},
                .says = std::move(says)});
  };
  switch (instance->watch.on_poll(polled)) {
    case PollMeaning::look:
      return event(EventMeaning::look, "INFO persistence tells of a failure");
    case PollMeaning::recovered:
      log::write(log::Level::warning, {}, instance->endpoint + ": saves work again");
      return event(EventMeaning::look, "saves work again");
    case PollMeaning::still_failing:
      instance->pace.on_trouble(now.boot);
      [[fallthrough]];
    case PollMeaning::quiet:
      break;
  }
  if (now.boot < instance->next_look) return;
  instance->next_look = now.boot + std::chrono::minutes(1);  // until that look sets its own
  event(EventMeaning::look, "it was not looked at for a while");
}

void AgentLoop::collect_polls(nanoseconds now) {
  std::erase_if(asked_, [&](const InstancePtr& instance) { return collect_poll(instance, now); });
}

/// Until something is due, or was answered if it takes as long as ever.
nanoseconds AgentLoop::until_next_poll(nanoseconds now) const {
  constexpr std::chrono::hours kIdle{1};
  nanoseconds next = due_.next().value_or(now + kIdle);
  if (!asked_.empty()) next = std::min(next, next_on_grid(now, options_->interval));
  const auto is_soon = [](const InstancePtr& instance) { return instance->poll.soon; };
  if (std::ranges::any_of(asked_, is_soon)) next = std::min<nanoseconds>(next, now + kSoon);
  return std::max(next - now, nanoseconds(0));
}

asio::awaitable<void> AgentLoop::poll_all() {
  while (true) {
    const nanoseconds now = read_clock().boot;
    collect_polls(now);
    while (const auto entry = due_.pop(now)) {
      const InstancePtr& instance = entry->item;
      const bool holds = entry->due == instance->poll.due;  // it was not put in again since
      if (!holds || instance->gone || instance->poll.phase != PollPhase::idle) continue;
      begin_poll(instance, now);
    }
    const nanoseconds asleep_at = read_clock().boot;
    const nanoseconds wait = until_next_poll(asleep_at);
    polls_wake_at_ = asleep_at + wait;
    co_await polls_bell_.wait(wait);
    polls_wake_at_ = nanoseconds(0);
  }
}

}  // namespace forkmend::daemon
