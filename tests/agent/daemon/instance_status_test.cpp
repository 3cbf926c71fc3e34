// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/instance_status.hpp"

#include <gtest/gtest.h>

#include <string>

#include "daemon/publish.hpp"

namespace forkmend::daemon {
namespace {

constexpr WallTime kNow(std::chrono::seconds(1'795'000'000));
constexpr const char* kEndpoint = "redis://127.0.0.1:6379";

/// Polled just now; saved ten minutes ago, with twelve changes since.
InstanceState polled(const std::string& more = "aof_enabled:0\r\n") {
  InstanceState state;
  state.endpoint = kEndpoint;
  state.pid = 4711;
  state.local = true;
  state.flavour = "redis";
  state.version = "7.0.15";
  state.role = "master";
  show_poll(state,
            redis::parse_persistence(
                "rdb_last_save_time:1794999400\r\nrdb_changes_since_last_save:12\r\n" + more)
                .value(),
            kNow);
  return state;
}

TEST(InstanceStatus, ShowsAServerThatFails) {
  InstanceState state = polled();
  state.failing = true;
  state.cause = "commit-limit";
  const InstanceStatus status = instance_status(state, kNow);
  EXPECT_EQ(status.endpoint, kEndpoint);
  EXPECT_EQ(status.pid, 4711);
  EXPECT_EQ(status.server, "redis 7.0.15");
  EXPECT_EQ(status.state, InstanceCondition::failing);
  EXPECT_EQ(status.cause, "commit-limit");
  EXPECT_EQ(status.last_save, kNow - std::chrono::seconds(600));
  EXPECT_EQ(status.at_risk, (DataAtRisk{.seconds = 600, .changes = 12, .in_aof = false}));
  EXPECT_EQ(status.seen_at, kNow);
  state.cause.clear();
  EXPECT_EQ(instance_status(state, kNow).cause, "unknown");
}

TEST(InstanceStatus, KeepsWhatWasSeenOfAServerThatIsGone) {
  InstanceState state = polled();
  state.failing = true;
  state.reachable = false;
  state.unreachable_because = "connection refused";
  const InstanceStatus status = instance_status(state, kNow);
  EXPECT_EQ(status.state, InstanceCondition::unreachable);
  EXPECT_EQ(status.says, "connection refused");
  EXPECT_EQ(status.last_save, kNow - std::chrono::seconds(600));
}

TEST(InstanceStatus, OfAServerElsewhereThePidIsNotShown) {
  InstanceState state = polled();
  state.local = false;
  EXPECT_EQ(instance_status(state, kNow).pid, 0);
}

TEST(InstanceStatus, KnowsTheLastIncidentAndPlan) {
  InstanceState state = polled();
  state.incident = IncidentNews{};
  state.incident->state = "planned";
  state.incident->plan = "p-1";
  EXPECT_EQ(instance_status(state, kNow).plan, "p-1");
  EXPECT_EQ(instance_status(state, kNow).incident, "");
  state.incident->id = "i-1";
  state.incident->state = "healed";
  EXPECT_EQ(instance_status(state, kNow).plan, "");
  EXPECT_EQ(instance_status(state, kNow).incident, "i-1");
  EXPECT_EQ(instance_status(state, kNow).incident_state, "healed");
}

TEST(InstanceStatus, AreSummedUp) {
  AgentState state;
  AgentStatus status;
  status.mode = "heal";
  state.instances["a"] = polled();
  status.instances = instance_statuses(state, kNow);
  EXPECT_EQ(summary(status), "watching 1 server; mode heal");
  state.instances["b"] = polled();
  state.instances["b"].failing = true;
  state.instances["c"] = InstanceState{};
  status.instances = instance_statuses(state, kNow);
  EXPECT_EQ(summary(status), "watching 3 servers, 1 failing, 1 not reached; mode heal");
  EXPECT_EQ(summary(state, "heal"), summary(status));
}

TEST(Headroom, IsThatOfTheRuleThatRefuses) {
  InstanceState state;
  EXPECT_EQ(headroom_of(state), std::nullopt);
  state.forecast = "refused";
  state.binding_rule = "OC2";
  state.headroom = {{"NPROC", "admitted", 3, "count"}, {"OC2", "refused", -4096, "bytes"}};
  EXPECT_EQ(headroom_of(state), (Headroom{"refused", "OC2", -4096, "bytes"}));
}

TEST(Headroom, IsThatOfTheRuleThatLeavesLeast) {
  InstanceState state;
  state.forecast = "admitted";
  EXPECT_EQ(headroom_of(state), (Headroom{"admitted", "", std::nullopt, ""}));
  state.headroom = {{"NPROC", "admitted", 5000, "count"},
                    {"MEMCG", "admitted", 1 << 20, "bytes"},
                    {"OC2", "admitted", 1 << 19, "bytes"}};
  EXPECT_EQ(headroom_of(state)->rule, "OC2");
  state.headroom.push_back({"PIDS", "admitted", 2, "count"});
  EXPECT_EQ(headroom_of(state)->rule, "PIDS") << "two tasks are less than half a mebibyte";
}

TEST(DataAtRisk, IsNothingWhereNothingChangedOrTheAofHasIt) {
  EXPECT_EQ(data_at_risk(InstanceState{}, kNow), std::nullopt);
  InstanceState saved = polled();
  saved.changes_since_save = 0;
  EXPECT_EQ(data_at_risk(saved, kNow), (DataAtRisk{}));
  const auto in_aof = [](const char* status) {
    return data_at_risk(
               polled("aof_enabled:1\r\naof_last_write_status:" + std::string(status) + "\r\n"),
               kNow)
        ->in_aof;
  };
  EXPECT_TRUE(in_aof("ok"));
  EXPECT_FALSE(in_aof("err"));
}

}  // namespace
}  // namespace forkmend::daemon
