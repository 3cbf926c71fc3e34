// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "daemon/instance_state.hpp"
#include "engine/targets.hpp"
#include "host/root.hpp"
#include "policy/policy.hpp"
#include "settings/settings.hpp"

namespace forkmend::daemon {

struct AgentOptions {
  engine::TargetRequest targets;
  policy::Policy policy;  ///< its mode says what the agent may do
  std::string state_dir;
  std::chrono::milliseconds interval{1000};    ///< of the polls of each server
  std::chrono::milliseconds discovery{10000};  ///< how often servers are looked for
  std::chrono::milliseconds headroom{10000};   ///< between two rounds of the forecast, at least
  /// Between two looks at a server of which nothing is heard: some failures are in no log that can
  /// be followed, and what is sampled grows old.
  std::chrono::milliseconds look_at_least{300000};
  std::function<bool()> stop_requested;
  /// Kept up to date by run_agent, for whoever shows it; nullptr: nobody does.
  std::shared_ptr<AgentState> state;
  /// After an incident was opened, and again when it has ended. Must not block.
  std::function<void(const IncidentNews&)> on_incident;
  settings::Settings settings;  ///< the configuration of which the above was made
};

/// Puts targets, policy, interval and settings of a reload in the place of those that held.
void apply_reload(AgentOptions& options, const AgentOptions& fresh);

/// How a pass ended.
struct PassReport {
  int servers = 0;
  int failing = 0;
  int healed = 0;
  int unhealed = 0;
  int unreachable = 0;
};

/// One pass over every server: look, and do what the policy's mode allows. For --once.
[[nodiscard]] boost::asio::awaitable<PassReport> run_once(host::Root root, AgentOptions options);

/// Watches until stop_requested. Never ends on an error of a server or of the host. What stands
/// behind `options` is read anew for each thing that is done: to reload is to put new ones there.
[[nodiscard]] boost::asio::awaitable<void> run_agent(host::Root root,
                                                     std::shared_ptr<AgentOptions> options);

}  // namespace forkmend::daemon
