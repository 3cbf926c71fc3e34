// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>

#include "metrics/model.hpp"

namespace forkmend::testing {

inline constexpr WallTime kScraped{std::chrono::seconds(1764194589)};

/// A host with a failing server and a good one, and everything that can be counted.
inline metrics::AgentState example_state() {
  using std::chrono::seconds;
  metrics::InstanceState failing;
  failing.server = "redis://127.0.0.1:6379";
  failing.flavour = "redis";
  failing.version = "7.0.15";
  failing.role = "master";
  failing.reachable = true;
  failing.save = metrics::SaveState::failing;
  failing.last_poll = kScraped - seconds(1);
  failing.last_good_save = kScraped - seconds(4000);
  failing.changes_at_risk = 812;
  failing.at_risk_since = kScraped - seconds(4000);
  failing.forecast = "refused";
  failing.headroom = {{"OC2", metrics::RuleHeadroom::Unit::bytes, -1048576},
                      {"NPROC", metrics::RuleHeadroom::Unit::tasks, 77}};
  failing.incident_cause = "commit-limit";
  failing.incident_state = "not-healed";
  metrics::InstanceState good;
  good.server = "unix:///run/redis.sock";
  good.reachable = true;
  good.save = metrics::SaveState::ok;
  good.changes_at_risk = 0;
  metrics::AgentState state{.version = "0.1.0", .mode = "heal", .instances = {failing, good}};
  state.demoted = {{"thp", "commit-limit", 3}};
  state.queued_messages["alertmanager"] = 2;
  state.cost = {1.5, 8 << 20, 64 << 20, 17, 1024, kScraped - seconds(90)};
  return state;
}

inline metrics::Counters example_counters() {
  metrics::Counters counters;
  counters.failure("redis://127.0.0.1:6379", "rdb-save", "commit-limit");
  counters.noticed("server-log");
  counters.incident("open");
  counters.incident("not-healed");
  counters.remedy("overcommit-limit", "not-proven");
  counters.verification(std::chrono::milliseconds(368));
  counters.set_notifications("alertmanager", "sent", 3);
  return counters;
}

}  // namespace forkmend::testing
