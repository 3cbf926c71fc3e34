// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/agent.hpp"

#include <sys/resource.h>

#include <boost/asio/this_coro.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "daemon/agent_loop.hpp"
#include "daemon/handler.hpp"
#include "daemon/keep_sample.hpp"
#include "engine/leases.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

/// A change with a lease ends at its time whatever the mode is: that was promised when it was made.
asio::awaitable<void> end_leases(host::Root root, AgentOptions options) {
  const auto ended = co_await engine::end_leases_of_host(root, options.state_dir,
                                                         engine::lookup_for(root, options.targets));
  if (ended) {
    engine::log_ended(*ended);
  } else {
    log::write(log::Level::error, {}, "leases: " + ended.error().message);
  }
}

bool did_something(Handled handled) {
  return handled == Handled::healed || handled == Handled::not_healed;
}

/// What was seen of this server may be of before the host was changed for another one.
asio::awaitable<engine::ObservedInstance> as_it_is_now(host::Root root,
                                                       engine::ObservedInstance seen) {
  auto again = co_await engine::observe(std::move(root), seen.connection);
  if (again) co_return std::move(*again);
  co_return seen;
}

/// A server takes up to three: its socket, its log and its process. systemd's soft limit is 1024,
/// for the sake of programs that use select().
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void count(PassReport* report, Handled handled) {
  ++report->failing;
  if (handled == Handled::healed) {
    ++report->healed;
  } else {
    ++report->unhealed;
  }
}

}  // namespace

asio::awaitable<PassReport> run_once(host::Root root, AgentOptions options) {
  PassReport report;
  bool changed = false;
  co_await end_leases(root, options);
  auto targets = co_await engine::observe_targets(root, options.targets);
  if (!targets) {
    log::write(log::Level::error, {}, targets.error().message);
    ++report.unreachable;
    co_return report;
  }
  for (auto& target : *targets) {
    ++report.servers;
    if (!target.instance) {
      ++report.unreachable;
      log::write(log::Level::error, {}, target.endpoint + ": " + target.failure->message);
      continue;
    }
    keep_sample(options.state_dir, *target.instance);
    if (changed && target.instance->diagnosis.failing) {
      *target.instance = co_await as_it_is_now(root, std::move(*target.instance));
    }
    if (target.instance->diagnosis.failing) {
      const Notice notice{.source = EventSource::discovery, .delay = {}};
      const auto result = co_await handle_failure(root, options, *target.instance, notice);
      changed = did_something(result.handled) || changed;
      count(&report, result.handled);
    }
  }
  co_return report;
}

void apply_reload(AgentOptions& options, const AgentOptions& fresh) {
  options.targets = fresh.targets;
  options.policy = fresh.policy;
  options.interval = fresh.interval;
  options.settings = fresh.settings;
}

asio::awaitable<void> run_agent(host::Root root, std::shared_ptr<AgentOptions> shared) {
  raise_file_limit();
  AgentLoop loop(co_await asio::this_coro::executor, root, std::move(shared));
  co_await loop.run();
}

}  // namespace forkmend::daemon
