// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/agent_status.hpp"
#include "daemon/instance_state.hpp"

namespace forkmend::daemon {

/// The rule that binds: the one that refuses, else the one that leaves least. A rule that counts
/// tasks comes before those of bytes when it leaves fewer than 16. nullopt: no forecast was made.
/// Pure.
[[nodiscard]] std::optional<Headroom> headroom_of(const InstanceState& seen);

/// nullopt: the server does not say when it saved last or what has changed since. Pure.
[[nodiscard]] std::optional<DataAtRisk> data_at_risk(const InstanceState& seen, WallTime now);

/// What `status` shows of one server. Pure.
[[nodiscard]] InstanceStatus instance_status(const InstanceState& seen, WallTime now);

/// As summary(AgentStatus) has it, straight from what is known: it is asked for each second. Pure.
[[nodiscard]] std::string summary(const AgentState& state, std::string_view mode);

/// Of every server, by endpoint. Pure.
[[nodiscard]] std::vector<InstanceStatus> instance_statuses(const AgentState& state, WallTime now);

}  // namespace forkmend::daemon
