// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "daemon/agent_status.hpp"

namespace forkmend::cli {

/// One line of the table: what needs a person's eye is its end.
struct StatusRow {
  std::string left;
  std::string state;
  daemon::InstanceState kind = daemon::InstanceState::ok;
};

/// The agent's servers as a table with its heading first: those that fail, then those that cannot
/// be reached, then the others by name. At most so many rows; the last one then counts the rest.
/// Pure.
[[nodiscard]] std::vector<StatusRow> status_table(const daemon::AgentStatus& status, WallTime now,
                                                  std::size_t most_rows = 40);

}  // namespace forkmend::cli
