// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/publish.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace forkmend::daemon {

std::vector<FailureState> failure_states(const diagnosis::Diagnosis& diagnosis) {
  std::vector<FailureState> states;
  for (const diagnosis::Failure& failure : diagnosis.failures) {
    FailureState state{.kind = std::string(to_string(failure.kind)),
                       .stage = std::string(to_string(failure.stage))};
    if (std::ranges::find(states, state) == states.end()) states.push_back(std::move(state));
  }
  return states;
}

void show_poll(InstanceState& state, const redis::Persistence& seen, WallTime now) {
  state.reachable = true;
  state.unreachable_because.clear();
  state.polled_at = now;
  if (seen.last_save) state.last_save = std::chrono::system_clock::from_time_t(*seen.last_save);
  state.changes_since_save = seen.changes;
  state.in_aof = seen.in_aof;
  state.saving = seen.child_active;
}

void show_forecast(InstanceState& state, const forecast::Forecast& forecast, WallTime now) {
  state.forecast = to_string(forecast.verdict);
  state.binding_rule = forecast.binding_rule;
  state.headroom.clear();
  state.headroom.reserve(forecast.rules.size());
  for (const forecast::RuleForecast& rule : forecast.rules) {
    state.headroom.push_back({.rule = rule.id,
                              .verdict = std::string(to_string(rule.verdict)),
                              .margin = rule.margin,
                              .unit = rule.unit});
  }
  state.forecast_at = now;
}

void show_look(InstanceState& state, const engine::ObservedInstance& seen) {
  const WallTime now = seen.observation.now.wall;
  state.endpoint = seen.endpoint;
  state.pid = seen.locality.pid;
  state.flavour = to_string(seen.identity.flavour);
  state.version = seen.identity.version ? to_string(*seen.identity.version) : "";
  state.role = seen.identity.role;
  state.local = seen.locality.local;
  state.looked_at = now;
  if (const auto polled = redis::parse_persistence(seen.answers.info)) {
    show_poll(state, *polled, now);
  }
  const diagnosis::Diagnosis& diagnosis = seen.diagnosis;
  state.failing = diagnosis.failing;
  state.failures = diagnosis.failing ? failure_states(diagnosis) : std::vector<FailureState>();
  const bool known = diagnosis.failing && !diagnosis.causes.empty();
  state.cause = known ? diagnosis.causes.front().id : "";
  state.confidence = known ? std::string(to_string(diagnosis.causes.front().confidence)) : "";
  state.strains.clear();
  state.strains.reserve(diagnosis.strains.size());
  for (const diagnosis::Cause& strain : diagnosis.strains) state.strains.push_back(strain.id);
  if (seen.locality.local) show_forecast(state, seen.observation.forecast, now);
}

}  // namespace forkmend::daemon
