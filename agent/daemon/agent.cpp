// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/agent.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "daemon/handler.hpp"
#include "daemon/publish.hpp"
#include "daemon/watch.hpp"
#include "engine/leases.hpp"
#include "redis/connection.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;

/// The pause between polls is cut into pieces so that a stop is seen soon.
constexpr milliseconds kStopLatency{200};

struct Watched {
  redis::ConnectionOptions options;
  std::unique_ptr<redis::Connection> connection;
  InstanceWatch watch;
};

asio::awaitable<void> pause(milliseconds total, std::function<bool()> stop) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (total > milliseconds(0) && !stop()) {
    const milliseconds piece = std::min(total, kStopLatency);
    timer.expires_after(piece);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    total -= piece;
  }
}

/// What whoever shows it is told of one server; nullptr: nobody shows it.
InstanceState* shown_state(const AgentOptions& options, const std::string& endpoint) {
  return options.state ? &options.state->instances[endpoint] : nullptr;
}

/// A failure is looked at again when the rail's cooldown has passed; before that the rail would
/// block it anyway.
std::chrono::nanoseconds again_after(const AgentOptions& options) {
  return std::max<std::chrono::nanoseconds>(options.policy.rails.cooldown, std::chrono::minutes(1));
}

asio::awaitable<void> look_closely(host::Root root, AgentOptions options, Watched* watched) {
  auto seen = co_await engine::observe(root, watched->options);
  if (!seen) {
    log::write(log::Level::warning, {},
               to_string(watched->options.endpoint) + ": " + seen.error().message);
    co_return;
  }
  if (options.state) show_look(options.state->instances[seen->endpoint], *seen);
  if (!seen->diagnosis.failing) co_return;
  if (!watched->watch.is_new(failure_signature(*seen), read_clock(), again_after(options)))
    co_return;
  co_await handle_failure(std::move(root), std::move(options), std::move(*seen));
}

asio::awaitable<Result<redis::Info>> poll(Watched* watched) {
  if (watched->connection == nullptr) {
    auto connected = co_await redis::Connection::connect(watched->options);
    if (!connected) co_return connected.error();
    watched->connection = std::move(*connected);
  }
  // All sections: run_id stands in "server", and servers before 7.0 take one section only.
  redis::Command command(1, "INFO");
  auto reply = co_await watched->connection->call(std::move(command));
  if (!reply) {
    watched->connection.reset();
    co_return reply.error();
  }
  auto text = as_text(*reply);
  if (!text) co_return text.error();
  co_return redis::parse_info(*text);
}

asio::awaitable<void> poll_one(host::Root root, AgentOptions options, Watched* watched) {
  const auto info = co_await poll(watched);
  const std::string endpoint = to_string(watched->options.endpoint);
  InstanceState* shown = shown_state(options, endpoint);
  if (shown != nullptr && info) show_poll(*shown, *info, read_clock().wall);
  if (!info) {
    if (shown != nullptr) shown->reachable = false;
    log::write(log::Level::debug, {},
               to_string(watched->options.endpoint) + ": " + info.error().message);
    co_return;
  }
  switch (watched->watch.on_poll(*info)) {
    case PollMeaning::quiet:
      break;
    case PollMeaning::recovered:
      log::write(log::Level::warning, {},
                 to_string(watched->options.endpoint) + ": saves work again");
      break;
    case PollMeaning::look:
      co_await look_closely(std::move(root), std::move(options), watched);
      break;
  }
}

/// What it holds now, for what comes of it over time. A full disk is no reason to stop watching.
void take_sample(const AgentOptions& options, const engine::ObservedInstance& instance) {
  const WallTime now = instance.observation.now.wall;
  // The look has read them already: mostly it is too early for another one.
  const auto& before = instance.samples;
  if (before && !before->empty() && now - before->back().at < engine::SampleStore::kApart) return;
  const auto added =
      engine::SampleStore(options.state_dir)
          .add(instance.identity.run_id, redis::sample_of(instance.observation.facts, now));
  if (!added) log::write(log::Level::warning, {}, "no sample is kept: " + added.error().message);
}

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

/// Servers found now. Each is looked at as a whole, because INFO never shows some failures.
asio::awaitable<void> discover(host::Root root, AgentOptions options,
                               std::map<std::string, Watched>* all) {
  auto targets = co_await engine::observe_targets(root, options.targets);
  if (!targets) {
    log::write(log::Level::error, {}, targets.error().message);
    co_return;
  }
  std::map<std::string, Watched> kept;
  bool changed = false;
  for (auto& target : *targets) {
    if (!target.instance) continue;
    const auto old = all->find(target.endpoint);
    Watched watched = old != all->end() ? std::move(old->second) : Watched{};
    watched.options = target.instance->connection;
    take_sample(options, *target.instance);
    if (InstanceState* shown = shown_state(options, target.endpoint)) {
      show_look(*shown, *target.instance);
    }
    const bool failing = target.instance->diagnosis.failing;
    if (failing && watched.watch.is_new(failure_signature(*target.instance), read_clock(),
                                        again_after(options))) {
      if (changed) *target.instance = co_await as_it_is_now(root, std::move(*target.instance));
      if (target.instance->diagnosis.failing) {
        changed =
            did_something(co_await handle_failure(root, options, *target.instance)) || changed;
      }
    }
    kept.insert_or_assign(target.endpoint, std::move(watched));
  }
  *all = std::move(kept);
  if (options.state) {
    std::erase_if(options.state->instances,
                  [&](const auto& one) { return !all->contains(one.first); });
  }
  engine::SampleStore(options.state_dir).forget_old(read_clock().wall);
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
    take_sample(options, *target.instance);
    if (changed && target.instance->diagnosis.failing) {
      *target.instance = co_await as_it_is_now(root, std::move(*target.instance));
    }
    if (target.instance->diagnosis.failing) {
      const Handled handled = co_await handle_failure(root, options, *target.instance);
      changed = did_something(handled) || changed;
      count(&report, handled);
    }
  }
  co_return report;
}

asio::awaitable<void> run_agent(host::Root root, std::shared_ptr<AgentOptions> shared) {
  std::map<std::string, Watched> all;
  std::chrono::nanoseconds next_discovery{0};
  while (!shared->stop_requested()) {
    const AgentOptions options = *shared;
    if (read_clock().boot >= next_discovery) {
      co_await end_leases(root, options);
      co_await discover(root, options, &all);
      next_discovery = read_clock().boot + options.discovery;
    } else {
      for (auto& [endpoint, watched] : all) {
        if (options.stop_requested()) break;
        co_await poll_one(root, options, &watched);
      }
    }
    co_await pause(options.interval, options.stop_requested);
  }
}

}  // namespace forkmend::daemon
