// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Would the next fork of each server be admitted, before anybody tries. The cheap bounds only;
// where they cannot tell, or tell of a refusal, a look follows, which may walk smaps.
#include <algorithm>
#include <utility>

#include "daemon/agent_loop.hpp"
#include "daemon/publish.hpp"
#include "forecast/forecast.hpp"
#include "host/facts.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
using std::chrono::nanoseconds;

namespace {

/// So many times what a server took is the pause before the next one: one percent of the time.
constexpr int kPauseFactor = 99;
constexpr std::chrono::milliseconds kShortestPause{1};

/// How old a table of the host may be that servers share.
constexpr std::chrono::seconds kSharedFor{2};

/// Between two exact looks that the bounds ask for.
constexpr std::chrono::seconds kExactApart{60};

constexpr host::WalkLimit kNoWalk{std::chrono::milliseconds(0)};

forecast::Forecast cheap_forecast(const host::Root& root, std::int64_t pid) {
  FactSet facts = host::host_facts(root);
  facts.merge(host::process_facts(root, pid, facts, kNoWalk));
  return forecast::forecast_fork(facts);
}

}  // namespace

void AgentLoop::refresh_headroom(const InstancePtr& instance, const host::Root& root) {
  const Now now = read_clock();
  const auto forecast = cheap_forecast(root, instance->pid);
  InstanceState& seen = shown(instance->endpoint);
  const bool unsure = forecast.verdict == forecast::Verdict::unknown;
  // The last look knew more.
  if (!unsure || seen.forecast.empty()) show_forecast(seen, forecast, now.wall);
  const bool asks = unsure || forecast::denies(forecast.verdict);
  if (!asks) {
    instance->next_exact = nanoseconds(0);
    return;
  }
  nanoseconds& next = unsure ? instance->next_unsure : instance->next_exact;
  if (seen.failing || instance->busy || now.boot < next) return;
  next = now.boot + kExactApart;
  take_event({.source = EventSource::forecast,
              .meaning = EventMeaning::foreseen,
              .endpoint = instance->endpoint,
              .seen = now.boot,
              .delay = {},
              .says = "the next fork: " + std::string(to_string(forecast.verdict)) + ", rule " +
                      forecast.binding_rule});
}

asio::awaitable<void> AgentLoop::track_headroom() {
  while (true) {
    host::Root shared = root_.caching();
    auto shared_until = read_clock().boot + kSharedFor;
    std::vector<InstancePtr> round;
    round.reserve(instances_.size());
    for (const auto& [endpoint, instance] : instances_) {
      if (instance->pid != 0) round.push_back(instance);
    }
    for (const InstancePtr& instance : round) {
      if (instance->gone) continue;
      const auto begin = read_clock().boot;
      if (begin > shared_until) {
        shared = root_.caching();
        shared_until = begin + kSharedFor;
      }
      refresh_headroom(instance, shared);
      const nanoseconds took = read_clock().boot - begin;
      co_await headroom_bell_.wait(std::max<nanoseconds>(took * kPauseFactor, kShortestPause));
    }
    co_await headroom_bell_.wait(options_->headroom);
  }
}

}  // namespace forkmend::daemon
