// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "daemon/agent_status.hpp"

namespace forkmend::testing {

/// Every member filled, whole milliseconds: as it comes back from JSON.
inline daemon::AgentStatus sample_status() {
  using namespace std::chrono_literals;
  daemon::AgentStatus status;
  status.pid = 812;
  status.version = "0.1.0";
  status.started = WallTime(1'795'000'000s);
  status.mode = "heal";
  status.policy = "/etc/forkmend/policies/mine.toml";
  status.settings = {"/etc/forkmend/forkmend.toml", "/etc/forkmend/forkmend.d/10-a.toml"};
  status.state_dir = "/var/lib/forkmend";
  status.interval = 1500ms;
  status.gates = {{"pause", "paused: lunch", "", "forkmend status resume"}};
  status.reload = {{.at = WallTime(1'795'000'100s), .applied = false, .says = {"a:1:2: wrong"}}};
  daemon::InstanceStatus failing;
  failing.endpoint = "redis://127.0.0.1:6380";
  failing.pid = 4711;
  failing.server = "redis 7.0.15";
  failing.role = "master";
  failing.state = daemon::InstanceCondition::failing;
  failing.cause = "commit-limit";
  failing.last_save = WallTime(1'794'996'000s);
  failing.at_risk = {{.seconds = 4200, .changes = 12345, .in_aof = false}};
  failing.headroom = {
      {.verdict = "refused", .rule = "OC2", .margin = -2147483648, .unit = "bytes"}};
  failing.incident = "i-20261125T171727-a96f";
  failing.incident_state = "not-healed";
  failing.seen_at = WallTime(1'795'000'199s);
  daemon::InstanceStatus gone;
  gone.endpoint = "redis://127.0.0.1:6390";
  gone.state = daemon::InstanceCondition::unreachable;
  gone.says = "connection refused";
  gone.seen_at = WallTime(1'795'000'199s);
  daemon::InstanceStatus good;
  good.endpoint = "unix:///run/redis.sock";
  good.server = "valkey 8.0.1";
  good.role = "slave";
  good.last_save = WallTime(1'795'000'140s);
  good.at_risk = {{.seconds = 60, .changes = 1, .in_aof = true}};
  good.headroom = {{.verdict = "admitted", .rule = "NPROC", .margin = 7, .unit = "count"}};
  good.plan = "p-1";
  good.seen_at = WallTime(1'795'000'199s);
  status.instances = {good, failing, gone};
  return status;
}

}  // namespace forkmend::testing
