// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "cli/terminal.hpp"
#include "daemon/agent_status.hpp"

namespace forkmend::cli {

/// The agent in one line, what keeps it from acting, and the table of its servers.
void show_status(Terminal& terminal, const daemon::AgentStatus& status, WallTime now);

}  // namespace forkmend::cli
