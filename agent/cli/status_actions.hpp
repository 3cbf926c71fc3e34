// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "cli/command.hpp"
#include "daemon/control_protocol.hpp"

namespace forkmend::cli {

struct StatusOptions {
  std::string reason;
  std::string length;
  std::string incident;
  std::string comment;
};

/// Each writes to the state directory, with or without an agent, and tells the one that runs.
[[nodiscard]] ExitCode pause_host(Session& session, const StatusOptions& options);
[[nodiscard]] ExitCode resume_host(Session& session);
[[nodiscard]] ExitCode acknowledge_incident(Session& session, const StatusOptions& options);

/// Makes the running agent read configuration and policy again.
[[nodiscard]] ExitCode reload_agent(Session& session);

/// Asks the agent on the socket that the configuration names. A bad configuration is said on
/// stderr, and what it says of the socket counts all the same: the agent runs with what held
/// before.
[[nodiscard]] Result<daemon::ControlReply> ask_running_agent(const Session& session,
                                                             const daemon::ControlRequest& request);

}  // namespace forkmend::cli
