// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/status_board.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace forkmend::daemon {

namespace {

constexpr std::int64_t kFewTasks = 16;

std::optional<WallTime> last_save_of(const redis::Info& info) {
  const auto seconds = info.integer("rdb_last_save_time");
  if (!seconds) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

std::string server_of(const redis::ServerIdentity& identity) {
  std::string text(to_string(identity.flavour));
  if (identity.version) text.append(" ").append(to_string(*identity.version));
  return text;
}

/// What comes first: few tasks, then bytes, then many tasks; the least margin within each.
std::pair<int, std::int64_t> tightness(const forecast::RuleForecast& rule) {
  const bool bytes = rule.unit == "bytes";
  const int group = bytes ? 1 : (*rule.margin < kFewTasks ? 0 : 2);
  return {group, *rule.margin};
}

std::string count_text(std::size_t servers, int failing, int unreachable, const std::string& mode) {
  std::string text =
      "watching " + std::to_string(servers) + (servers == 1 ? " server" : " servers");
  if (failing > 0) text.append(", ").append(std::to_string(failing)).append(" failing");
  if (unreachable > 0) text.append(", ").append(std::to_string(unreachable)).append(" not reached");
  return text + "; mode " + mode;
}

}  // namespace

Headroom headroom_of(const forecast::Forecast& forecast) {
  Headroom headroom;
  headroom.verdict = to_string(forecast.verdict);
  const forecast::RuleForecast* binding = forecast.find(forecast.binding_rule);
  if (binding == nullptr) {
    for (const auto& rule : forecast.rules) {
      if (!rule.margin) continue;
      if (binding == nullptr || tightness(rule) < tightness(*binding)) binding = &rule;
    }
  }
  if (binding == nullptr) return headroom;
  headroom.rule = binding->id;
  headroom.margin = binding->margin;
  headroom.unit = binding->unit;
  return headroom;
}

std::optional<DataAtRisk> data_at_risk(const redis::Info& info, WallTime now) {
  const auto saved = last_save_of(info);
  const auto changes = info.integer("rdb_changes_since_last_save");
  if (!saved || !changes) return std::nullopt;
  DataAtRisk risk;
  risk.changes = *changes;
  risk.in_aof =
      info.integer("aof_enabled") == 1 && info.text("aof_last_write_status") == std::string("ok");
  if (risk.changes > 0 && now > *saved) {
    risk.seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *saved).count();
  }
  return risk;
}

void StatusBoard::count(InstanceState state, int by) {
  if (state == InstanceState::failing) failing_ += by;
  if (state == InstanceState::unreachable) unreachable_ += by;
}

InstanceStatus& StatusBoard::entry(const std::string& endpoint, InstanceState state) {
  const auto [at, is_new] = instances_.try_emplace(endpoint);
  InstanceStatus& instance = at->second;
  const bool same = !is_new && instance.state == state;
  if (!is_new) count(instance.state, -1);
  count(state, 1);
  instance.endpoint = endpoint;
  instance.state = state;
  if (!same && on_summary) on_summary();
  return instance;
}

void StatusBoard::observed(const engine::ObservedInstance& seen, WallTime at) {
  const bool failing = seen.diagnosis.failing;
  InstanceStatus& instance =
      entry(seen.endpoint, failing ? InstanceState::failing : InstanceState::ok);
  instance.pid = seen.locality.local ? seen.locality.pid : 0;
  instance.server = server_of(seen.identity);
  instance.role = seen.identity.role;
  const auto& causes = seen.diagnosis.causes;
  instance.cause = !failing ? "" : (causes.empty() ? "unknown" : causes.front().id);
  instance.says.clear();
  instance.headroom = headroom_of(seen.observation.forecast);
  instance.seen_at = at;
  if (const auto info = redis::parse_info(seen.answers.info)) {
    instance.last_save = last_save_of(*info);
    instance.at_risk = data_at_risk(*info, at);
  }
}

void StatusBoard::polled(const std::string& endpoint, const redis::Info& info, WallTime at) {
  const auto found = instances_.find(endpoint);
  if (found == instances_.end()) return;
  InstanceStatus& instance = found->second;
  // Only a close look can say that it works again or fails in a way that INFO does not show.
  if (instance.state == InstanceState::unreachable) {
    static_cast<void>(
        entry(endpoint, instance.cause.empty() ? InstanceState::ok : InstanceState::failing));
    instance.says.clear();
  }
  instance.last_save = last_save_of(info);
  instance.at_risk = data_at_risk(info, at);
  instance.seen_at = at;
}

void StatusBoard::recovered(const std::string& endpoint) {
  if (!instances_.contains(endpoint)) return;
  entry(endpoint, InstanceState::ok).cause.clear();
}

void StatusBoard::unreachable(const std::string& endpoint, const std::string& because,
                              WallTime at) {
  InstanceStatus& instance = entry(endpoint, InstanceState::unreachable);
  instance.says = because;
  if (instance.seen_at == WallTime()) instance.seen_at = at;
}

void StatusBoard::incident(const std::string& endpoint, const std::string& id,
                           std::string_view state) {
  const auto found = instances_.find(endpoint);
  if (found == instances_.end()) return;
  found->second.incident = id;
  found->second.incident_state = state;
  found->second.plan.clear();
}

void StatusBoard::planned(const std::string& endpoint, const std::string& plan) {
  const auto found = instances_.find(endpoint);
  if (found != instances_.end()) found->second.plan = plan;
}

void StatusBoard::keep_only(const std::vector<std::string>& endpoints) {
  std::vector<std::string> kept = endpoints;
  std::ranges::sort(kept);
  const auto gone = std::erase_if(instances_, [&](const auto& item) {
    if (std::ranges::binary_search(kept, item.first)) return false;
    count(item.second.state, -1);
    return true;
  });
  if (gone > 0 && on_summary) on_summary();
}

AgentStatus StatusBoard::status() const {
  AgentStatus status = agent_;
  status.instances.reserve(instances_.size());
  for (const auto& [endpoint, instance] : instances_) status.instances.push_back(instance);
  return status;
}

std::string StatusBoard::summary() const {
  return count_text(instances_.size(), failing_, unreachable_, agent_.mode);
}

std::string summary(const AgentStatus& status) {
  const auto in_state = [&](InstanceState state) {
    return static_cast<int>(std::ranges::count(status.instances, state, &InstanceStatus::state));
  };
  return count_text(status.instances.size(), in_state(InstanceState::failing),
                    in_state(InstanceState::unreachable), status.mode);
}

}  // namespace forkmend::daemon
