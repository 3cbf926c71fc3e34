// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Would the next fork of each server be admitted, before anybody tries. Each round reads a few
// numbers of the host and the size of each server; a forecast, by the cheap bounds, is made anew
// only where they have moved (headroom_pace.hpp). Where the bounds cannot tell, or tell of a
// refusal, a look follows, which may walk smaps.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "daemon/agent_loop.hpp"
#include "daemon/publish.hpp"
#include "forecast/forecast.hpp"
#include "host/counters.hpp"
#include "host/facts.hpp"
#include "host/process.hpp"
#include "host/sysctl.hpp"
#include "host/system.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
using std::chrono::nanoseconds;

namespace {

/// So many times what a server took is the pause before the next one: one percent of the time.
constexpr int kPauseFactor = 99;
constexpr std::chrono::milliseconds kShortestPause{1};

/// Servers whose signs are read before others have their turn.
constexpr std::size_t kServersAtOnce = 64;

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

template <class T>
std::optional<T> value_of(const Result<T>& result) {
  return result ? std::optional(*result) : std::nullopt;
}

HeadroomSigns signs_of_host(const host::Root& root) {
  HeadroomSigns signs;
  signs.overcommit = value_of(host::read_sysctl_integer(root, "vm.overcommit_memory"));
  signs.threads = value_of(host::read_task_count(root));
  const auto meminfo = host::read_meminfo(root);
  if (!meminfo) return signs;
  signs.committed = host::find(*meminfo, "Committed_AS");
  signs.commit_limit = host::find(*meminfo, "CommitLimit");
  const auto available = host::find(*meminfo, "MemAvailable");
  if (available) signs.available = *available + host::find(*meminfo, "SwapFree").value_or(0);
  return signs;
}

/// The first number of statm: all pages of its address space.
std::optional<std::int64_t> size_of(const host::Root& root, std::int64_t pid) {
  const auto statm = root.read(host::proc_path(pid, "statm"));
  if (!statm) return std::nullopt;
  const std::string_view text = *statm;
  return parse_integer(text.substr(0, text.find(' ')));
}

}  // namespace

void AgentLoop::refresh_headroom(const InstancePtr& instance, const host::Root& root,
                                 const HeadroomSigns& signs) {
  const Now now = read_clock();
  const auto forecast = cheap_forecast(root, instance->pid);
  instance->headroom_pace->on_forecast(forecast, signs, now.boot);
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

/// The servers that have a process here.
std::vector<InstancePtr> AgentLoop::local_instances() const {
  std::vector<InstancePtr> local;
  for (const auto& [endpoint, instance] : instances_) {
    if (instance->pid != 0) local.push_back(instance);
  }
  return local;
}

asio::awaitable<void> AgentLoop::track_headroom() {
  const auto page_size = host::read_page_size(root_);
  const std::int64_t page = page_size ? *page_size : 4096;
  while (true) {
    HeadroomSigns signs = signs_of_host(root_);
    host::Root shared = root_.caching();
    auto shared_until = read_clock().boot + kSharedFor;
    std::size_t without_pause = 0;
    const std::vector<InstancePtr> round = local_instances();
    for (const InstancePtr& instance : round) {
      if (instance->gone) continue;
      const auto begin = read_clock().boot;
      const auto pages = size_of(root_, instance->pid);
      signs.server_bytes = pages ? std::optional(*pages * page) : std::nullopt;
      nanoseconds pause{0};
      if (instance->headroom_pace->is_due(signs, begin, options_->headroom)) {
        if (begin > shared_until) {
          shared = root_.caching();
          shared_until = begin + kSharedFor;
        }
        refresh_headroom(instance, shared, signs);
        pause = (read_clock().boot - begin) * kPauseFactor;
      }
      if (pause.count() == 0 && ++without_pause % kServersAtOnce != 0) continue;
      co_await headroom_bell_.wait(std::max<nanoseconds>(pause, kShortestPause));
    }
    co_await headroom_bell_.wait(options_->headroom);
  }
}

}  // namespace forkmend::daemon
