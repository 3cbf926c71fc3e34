// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "diagnosis/diagnosis.hpp"
#include "diagnosis/server_state.hpp"

namespace forkmend::diagnosis {

/// What the failing saves do to clients and data now, most urgent first. Pure.
[[nodiscard]] std::vector<std::string> find_consequences(const ServerState& server,
                                                         const std::vector<Failure>& failures,
                                                         WallTime now);

/// Whether the next write that the master sends ends this replica; nullopt: what decides it is not
/// known. Pure.
[[nodiscard]] std::optional<bool> replica_aborts(const ServerState& server);

}  // namespace forkmend::diagnosis
