// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "daemon/status_board.hpp"
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
  std::function<bool()> stop_requested;
  settings::Settings settings;  ///< the configuration of which the above was made
  /// What the loop sees and does, for those who ask.
  std::shared_ptr<StatusBoard> board = std::make_shared<StatusBoard>();
  /// What a reload has read and the loop has not taken yet; nullptr: nothing new. Empty: no
  /// reloads.
  std::function<std::shared_ptr<const AgentOptions>()> take_reloaded;
};

/// Puts targets, policy, interval and settings of a reload in the place of those that held; false
/// when there is nothing new. For between two steps of the loop.
[[nodiscard]] bool apply_reload(AgentOptions& options);

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

/// Polls until stop_requested. Never ends on an error of a server or of the host.
[[nodiscard]] boost::asio::awaitable<void> run_agent(host::Root root, AgentOptions options);

}  // namespace forkmend::daemon
