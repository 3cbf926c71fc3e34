// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "daemon/agent.hpp"
#include "daemon/teller.hpp"

namespace forkmend::daemon {

/// How the agent is run as a service: what stands around its loop.
struct ServiceOptions {
  AgentOptions agent;
  std::string version;
  std::string control_socket;  ///< empty: none
  unsigned control_mode = 0600;
  TellerOptions teller;
  /// Reads configuration and policy anew, as at the start. Errors: every mistake on a line of its
  /// own.
  std::function<Result<AgentOptions>()> reload;
  /// How often what has changed is told to the service manager.
  std::chrono::milliseconds tell_every{1000};
};

/// Runs the agent until it is asked to stop: answers on the control socket, reloads on SIGHUP or
/// when asked to, tells the service manager. A socket that cannot be opened is an error in the log
/// and no reason not to watch.
[[nodiscard]] boost::asio::awaitable<void> run_service(host::Root root, ServiceOptions options);

}  // namespace forkmend::daemon
