// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/rails.hpp"

namespace forkmend::daemon {

/// How much more the kernel rule that binds would admit.
struct Headroom {
  std::string verdict;  ///< of the whole forecast: admitted, refused, ...
  std::string rule;     ///< empty: no rule is known
  std::optional<std::int64_t> margin;
  std::string unit;  ///< bytes or count
  bool operator==(const Headroom&) const = default;
};

/// What a restart now would lose, by INFO's own words.
struct DataAtRisk {
  std::int64_t seconds = 0;  ///< since the last good save; 0 when nothing has changed since
  std::int64_t changes = 0;  ///< rdb_changes_since_last_save
  bool in_aof = false;       ///< the AOF holds them: nothing is lost
  bool operator==(const DataAtRisk&) const = default;
};

enum class InstanceCondition { ok, failing, unreachable };

[[nodiscard]] std::string_view to_string(InstanceCondition state);

/// One server as the agent saw it last.
struct InstanceStatus {
  std::string endpoint;
  std::int64_t pid = 0;  ///< 0: not proven to be a process of this host
  std::string server;    ///< "redis 7.0.15"
  std::string role;
  InstanceCondition state = InstanceCondition::ok;
  std::string cause;                  ///< id of the first cause while it fails
  std::string says;                   ///< why it cannot be reached
  std::optional<WallTime> last_save;  ///< of the last good one
  std::optional<DataAtRisk> at_risk;
  std::optional<Headroom> headroom;
  std::string incident;        ///< the last one's id; empty: none since the agent runs
  std::string incident_state;  ///< healed, not-healed, ...
  std::string plan;            ///< recorded by a dry-run
  WallTime seen_at;
  bool operator==(const InstanceStatus&) const = default;
};

/// How the last reload ended.
struct ReloadStatus {
  WallTime at;
  bool applied = false;
  std::vector<std::string> says;  ///< what was not applied and why
  bool operator==(const ReloadStatus&) const = default;
};

/// What the running agent sees and does.
struct AgentStatus {
  std::int64_t pid = 0;
  std::string version;
  WallTime started;
  std::string mode;
  std::string policy;                 ///< file name, or "built-in default"
  std::vector<std::string> settings;  ///< the configuration files read
  std::string state_dir;
  std::chrono::milliseconds interval{0};
  std::vector<engine::GateResult> gates;  ///< what keeps it from acting
  std::optional<ReloadStatus> reload;
  std::vector<InstanceStatus> instances;  ///< by endpoint
  bool operator==(const AgentStatus&) const = default;
};

/// "watching 12 servers, 1 failing, 2 not reached; mode heal".
[[nodiscard]] std::string summary(const AgentStatus& status);

[[nodiscard]] boost::json::object to_json(const AgentStatus& status);
/// Takes what to_json gives. Errors: parse, naming the key.
[[nodiscard]] Result<AgentStatus> status_from_json(const boost::json::object& object);

}  // namespace forkmend::daemon
