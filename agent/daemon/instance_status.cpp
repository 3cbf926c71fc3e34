// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/instance_status.hpp"

#include <algorithm>
#include <utility>

namespace forkmend::daemon {

namespace {

constexpr std::int64_t kFewTasks = 16;

/// What comes first: few tasks, then bytes, then many tasks; the least margin within each.
std::pair<int, std::int64_t> tightness(const RuleHeadroom& rule) {
  const bool bytes = rule.unit == "bytes";
  const int group = bytes ? 1 : (*rule.margin < kFewTasks ? 0 : 2);
  return {group, *rule.margin};
}

const RuleHeadroom* binding_of(const InstanceState& seen) {
  const auto named = std::ranges::find(seen.headroom, seen.binding_rule, &RuleHeadroom::rule);
  if (named != seen.headroom.end()) return &*named;
  const RuleHeadroom* binding = nullptr;
  for (const RuleHeadroom& rule : seen.headroom) {
    if (!rule.margin) continue;
    if (binding == nullptr || tightness(rule) < tightness(*binding)) binding = &rule;
  }
  return binding;
}

InstanceCondition condition_of(const InstanceState& seen) {
  if (!seen.reachable) return InstanceCondition::unreachable;
  return seen.failing ? InstanceCondition::failing : InstanceCondition::ok;
}

struct Counts {
  std::size_t servers = 0;
  std::int64_t failing = 0;
  std::int64_t unreachable = 0;
};

std::string sentence_of(const Counts& counts, std::string_view mode) {
  std::string text =
      "watching " + std::to_string(counts.servers) + (counts.servers == 1 ? " server" : " servers");
  if (counts.failing > 0) text += ", " + std::to_string(counts.failing) + " failing";
  if (counts.unreachable > 0) text += ", " + std::to_string(counts.unreachable) + " not reached";
  return text.append("; mode ").append(mode);
}

std::string server_of(const InstanceState& seen) {
  return seen.version.empty() ? seen.flavour : seen.flavour + " " + seen.version;
}

}  // namespace

std::optional<Headroom> headroom_of(const InstanceState& seen) {
  if (seen.forecast.empty()) return std::nullopt;
  Headroom headroom;
  headroom.verdict = seen.forecast;
  if (const RuleHeadroom* binding = binding_of(seen)) {
    headroom.rule = binding->rule;
    headroom.margin = binding->margin;
    headroom.unit = binding->unit;
  }
  return headroom;
}

std::optional<DataAtRisk> data_at_risk(const InstanceState& seen, WallTime now) {
  if (!seen.last_save || !seen.changes_since_save) return std::nullopt;
  DataAtRisk risk;
  risk.changes = *seen.changes_since_save;
  risk.in_aof = seen.in_aof;
  if (risk.changes > 0 && now > *seen.last_save) {
    risk.seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *seen.last_save).count();
  }
  return risk;
}

InstanceStatus instance_status(const InstanceState& seen, WallTime now) {
  InstanceStatus status;
  status.endpoint = seen.endpoint;
  status.pid = seen.local ? seen.pid : 0;
  status.server = server_of(seen);
  status.role = seen.role;
  status.state = condition_of(seen);
  if (seen.failing) status.cause = seen.cause.empty() ? "unknown" : seen.cause;
  status.says = seen.unreachable_because;
  status.last_save = seen.last_save;
  status.at_risk = data_at_risk(seen, now);
  status.headroom = headroom_of(seen);
  if (seen.incident) {
    const bool planned = seen.incident->state == "planned";
    if (planned) status.plan = seen.incident->plan;
    status.incident = seen.incident->id;
    if (!planned) status.incident_state = seen.incident->state;
  }
  status.seen_at = std::max(seen.polled_at, seen.looked_at);
  return status;
}

std::vector<InstanceStatus> instance_statuses(const AgentState& state, WallTime now) {
  std::vector<InstanceStatus> all;
  all.reserve(state.instances.size());
  for (const auto& [endpoint, seen] : state.instances) all.push_back(instance_status(seen, now));
  return all;
}

std::string summary(const AgentStatus& status) {
  const auto in_state = [&](InstanceCondition state) {
    return std::ranges::count(status.instances, state, &InstanceStatus::state);
  };
  return sentence_of({.servers = status.instances.size(),
                      .failing = in_state(InstanceCondition::failing),
                      .unreachable = in_state(InstanceCondition::unreachable)},
                     status.mode);
}

std::string summary(const AgentState& state, std::string_view mode) {
  Counts counts{.servers = state.instances.size()};
  for (const auto& [endpoint, seen] : state.instances) {
    const InstanceCondition condition = condition_of(seen);
    if (condition == InstanceCondition::failing) ++counts.failing;
    if (condition == InstanceCondition::unreachable) ++counts.unreachable;
  }
  return sentence_of(counts, mode);
}

}  // namespace forkmend::daemon
