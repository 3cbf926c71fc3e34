// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// One coroutine and one connection a server: INFO persistence, again and again.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <utility>

#include "base/log.hpp"
#include "daemon/agent_loop.hpp"
#include "daemon/publish.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

/// Between the beginnings of two polls, however often something asks for one.
constexpr std::chrono::milliseconds kApart{50};

std::chrono::microseconds since(std::chrono::nanoseconds begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(read_clock().boot - begin);
}

/// Two answers as one, which parse_info() takes as it is.
Result<redis::Info> parse_answers(const std::vector<redis::Reply>& replies) {
  std::string all;
  for (const redis::Reply& reply : replies) {
    const auto text = as_text(reply);
    if (!text) return text.error();
    all += *text;
  }
  return redis::parse_info(all);
}

}  // namespace

/// One small section. Which life of the server it is (run_id, in section server) is asked once a
/// connection: a connection does not outlive its server.
asio::awaitable<Result<redis::Info>> AgentLoop::ask(InstancePtr instance) {
  std::vector<redis::Command> commands;
  if (!instance->connection) {
    redis::ConnectionOptions options = instance->options;
    auto connected = co_await redis::Connection::connect(std::move(options));
    if (!connected) co_return connected.error();
    instance->connection = std::move(*connected);
    commands.push_back({"INFO", "server"});
  }
  commands.push_back({"INFO", "persistence"});
  auto replies = co_await instance->connection->call_all(std::move(commands));
  if (!replies) {
    instance->connection.reset();
    co_return replies.error();
  }
  co_return parse_answers(*replies);
}

void AgentLoop::take_poll(const InstancePtr& instance, const redis::Info& info) {
  const Now now = read_clock();
  InstanceState& shown_state = shown(instance->endpoint);
  show_poll(shown_state, info, now.wall);
  const auto event = [&](EventMeaning meaning, std::string says) {
    take_event({.source = EventSource::poll,
                .meaning = meaning,
                .endpoint = instance->endpoint,
                .seen = now.boot,
                .delay = {},
                .says = std::move(says)});
  };
  switch (instance->watch.on_poll(info)) {
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

asio::awaitable<void> AgentLoop::poll_once(InstancePtr instance) {
  const auto begin = read_clock().boot;
  auto info = co_await ask(instance);
  if (instance->gone) co_return;
  InstanceState& shown_state = shown(instance->endpoint);
  PollCost& cost = shown_state.cost;
  ++cost.polls;
  if (!info) {
    ++cost.failed;
    instance->pace.on_silence();
    shown_state.reachable = false;
    shown_state.unreachable_because = info.error().message;
    log::write(log::Level::debug, {}, instance->endpoint + ": " + info.error().message);
    co_return;
  }
  instance->pace.on_answer();
  take_poll(instance, *info);
  cost.last = since(begin);
  cost.total += cost.last;
}

asio::awaitable<void> AgentLoop::poll(InstancePtr instance) {
  std::uniform_real_distribution<double> any(0.0, 1.0);
  // Not all at the same time: the first one is anywhere within the interval.
  co_await instance->poll_bell.wait(
      std::chrono::duration_cast<std::chrono::nanoseconds>(options_->interval * any(chance_)));
  asio::steady_timer apart(executor_);
  while (!instance->gone) {
    apart.expires_after(kApart);
    co_await poll_once(instance);
    const bool rung = co_await instance->poll_bell.wait(
        instance->pace.next(options_->interval, read_clock().boot, any(chance_)));
    if (rung) co_await apart.async_wait(asio::use_awaitable);
  }
}

}  // namespace forkmend::daemon
