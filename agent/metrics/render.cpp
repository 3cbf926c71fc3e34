// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>

#include "metrics/families.hpp"
#include "metrics/model.hpp"

namespace forkmend::metrics {

namespace {

constexpr std::array<std::string_view, 4> kSaveStates = {"ok", "saving", "failing", "unknown"};
constexpr std::array<std::string_view, 3> kModes = {"observe", "dry-run", "heal"};
constexpr std::array<std::string_view, 5> kVerdicts = {"admitted", "refused", "kill", "too-close",
                                                       "unknown"};

double seconds_since_epoch(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

using Instances = std::vector<InstanceState>;

void render_known(Exposition& out, const Instances& instances) {
  out.begin(kServerInfo);
  for (const InstanceState& one : instances) {
    if (one.flavour.empty()) continue;
    out.sample({{"server", one.server},
                {"flavour", one.flavour},
                {"version", one.version},
                {"role", one.role}},
               1);
  }
  out.begin(kServerReachable);
  for (const InstanceState& one : instances) {
    out.sample({{"server", one.server}}, one.reachable ? 1 : 0);
  }
  out.begin(kLastPoll);
  for (const InstanceState& one : instances) {
    if (!one.last_poll) continue;
    out.sample({{"server", one.server}}, seconds_since_epoch(*one.last_poll));
  }
}

/// 0 without changes; a server whose clock runs ahead is not "negative seconds" at risk.
std::optional<double> risk_seconds(const InstanceState& one, WallTime now) {
  if (!one.changes_at_risk) return std::nullopt;
  if (*one.changes_at_risk == 0) return 0;
  if (!one.at_risk_since) return std::nullopt;
  return std::max(0.0, std::chrono::duration<double>(now - *one.at_risk_since).count());
}

void render_saves(Exposition& out, const Instances& instances, WallTime now) {
  out.begin(kSaveState);
  for (const InstanceState& one : instances) {
    out.state({{"server", one.server}}, "state", kSaveStates, to_string(one.save));
  }
  out.begin(kLastGoodSave);
  for (const InstanceState& one : instances) {
    if (!one.last_good_save) continue;
    out.sample({{"server", one.server}}, seconds_since_epoch(*one.last_good_save));
  }
  out.begin(kRiskSeconds);
  for (const InstanceState& one : instances) {
    const auto seconds = risk_seconds(one, now);
    if (seconds) out.sample({{"server", one.server}}, *seconds);
  }
  out.begin(kRiskChanges);
  for (const InstanceState& one : instances) {
    if (!one.changes_at_risk) continue;
    out.sample({{"server", one.server}}, static_cast<double>(*one.changes_at_risk));
  }
}

void render_headroom(Exposition& out, const Instances& instances, RuleHeadroom::Unit unit) {
  for (const InstanceState& one : instances) {
    for (const RuleHeadroom& rule : one.headroom) {
      if (rule.unit != unit) continue;
      out.sample({{"server", one.server}, {"rule", rule.rule}}, static_cast<double>(rule.margin));
    }
  }
}

void render_forks(Exposition& out, const Instances& instances) {
  out.begin(kForkForecast);
  for (const InstanceState& one : instances) {
    if (one.forecast.empty()) continue;
    out.state({{"server", one.server}}, "verdict", kVerdicts, one.forecast);
  }
  out.begin(kHeadroomBytes);
  render_headroom(out, instances, RuleHeadroom::Unit::bytes);
  out.begin(kHeadroomTasks);
  render_headroom(out, instances, RuleHeadroom::Unit::tasks);
  out.begin(kCurrentIncident);
  for (const InstanceState& one : instances) {
    if (one.incident_state.empty()) continue;
    out.sample(
        {{"server", one.server}, {"cause", one.incident_cause}, {"state", one.incident_state}}, 1);
  }
}

template <class T>
void render_if_known(Exposition& out, const Family& family, const std::optional<T>& value) {
  if (!value) return;
  out.begin(family);
  out.sample({}, static_cast<double>(*value));
}

void render_cost(Exposition& out, const ProcessCost& cost) {
  render_if_known(out, kCpu, cost.cpu_seconds);
  render_if_known(out, kResident, cost.resident_bytes);
  render_if_known(out, kVirtual, cost.virtual_bytes);
  render_if_known(out, kOpenFiles, cost.open_files);
  render_if_known(out, kMaxFiles, cost.max_files);
  std::optional<double> started;
  if (cost.started) started = seconds_since_epoch(*cost.started);
  render_if_known(out, kStartTime, started);
}

}  // namespace

std::string_view to_string(SaveState state) {
  return kSaveStates[static_cast<std::size_t>(state)];
}

std::string render(const AgentState& state, const Counters& counters, WallTime now) {
  Exposition out;
  out.begin(kBuildInfo);
  out.sample({{"version", state.version}}, 1);
  out.begin(kMode);
  out.state({}, "mode", kModes, state.mode);
  out.begin(kPaused);
  out.sample({}, state.paused ? 1 : 0);
  out.begin(kBreakerOpen);
  out.sample({}, state.breaker_open ? 1 : 0);
  out.begin(kRemedyDemoted);
  for (const DemotedRemedy& one : state.demoted) {
    out.sample({{"remedy", one.remedy}, {"cause", one.cause}}, static_cast<double>(one.tries));
  }
  render_known(out, state.instances);
  render_saves(out, state.instances, now);
  render_forks(out, state.instances);
  render_counters(out, counters);
  out.begin(kNotificationQueue);
  for (const auto& [notifier, count] : state.queued_messages) {
    out.sample({{"notifier", notifier}}, static_cast<double>(count));
  }
  render_cost(out, state.cost);
  return out.take();
}

}  // namespace forkmend::metrics
