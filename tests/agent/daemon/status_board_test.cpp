// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/status_board.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace forkmend::daemon {
namespace {

constexpr WallTime kNow(std::chrono::seconds(1'795'000'000));
constexpr const char* kEndpoint = "redis://127.0.0.1:6379";

redis::Info info_of(const std::string& text) {
  return redis::parse_info(text).value();
}

engine::ObservedInstance seen(const char* endpoint, bool failing) {
  engine::ObservedInstance instance;
  instance.endpoint = endpoint;
  instance.identity.flavour = redis::Flavour::redis;
  instance.identity.version = redis::Version{7, 0, 15};
  instance.identity.role = "master";
  instance.locality = {.local = true, .pid = 4711, .start_time = 1, .because = "proven"};
  instance.answers.info =
      "# Persistence\r\nrdb_last_save_time:1794999400\r\nrdb_changes_since_last_save:12\r\n"
      "aof_enabled:0\r\n";
  instance.diagnosis.failing = failing;
  if (failing) {
    instance.diagnosis.causes.resize(1);
    instance.diagnosis.causes.front().id = "commit-limit";
  }
  instance.observation.forecast.verdict = forecast::Verdict::admitted;
  return instance;
}

TEST(StatusBoard, ShowsWhatALookHasSeen) {
  StatusBoard board;
  board.agent().mode = "observe";
  board.observed(seen(kEndpoint, true), kNow);
  const AgentStatus status = board.status();
  ASSERT_EQ(status.instances.size(), 1U);
  const InstanceStatus& instance = status.instances.front();
  EXPECT_EQ(instance.endpoint, kEndpoint);
  EXPECT_EQ(instance.pid, 4711);
  EXPECT_EQ(instance.server, "redis 7.0.15");
  EXPECT_EQ(instance.state, InstanceState::failing);
  EXPECT_EQ(instance.cause, "commit-limit");
  EXPECT_EQ(instance.last_save, kNow - std::chrono::seconds(600));
  EXPECT_EQ(instance.at_risk, (DataAtRisk{.seconds = 600, .changes = 12, .in_aof = false}));
  EXPECT_EQ(board.summary(), "watching 1 server, 1 failing; mode observe");
}

TEST(StatusBoard, FollowsPollsBetweenTwoLooks) {
  StatusBoard board;
  board.observed(seen(kEndpoint, false), kNow);
  board.polled(kEndpoint,
               info_of("rdb_last_save_time:1795000000\r\nrdb_changes_since_last_save:0\r\n"),
               kNow + std::chrono::seconds(5));
  const auto instance = board.status().instances.front();
  EXPECT_EQ(instance.at_risk, (DataAtRisk{}));
  EXPECT_EQ(instance.seen_at, kNow + std::chrono::seconds(5));
  board.polled("redis://127.0.0.1:1", info_of("a:1\r\n"), kNow);
  EXPECT_EQ(board.status().instances.size(), 1U);
}

TEST(StatusBoard, KeepsWhatWasSeenOfAServerThatIsGone) {
  StatusBoard board;
  board.observed(seen(kEndpoint, true), kNow);
  board.unreachable(kEndpoint, "connection refused", kNow + std::chrono::seconds(9));
  auto instance = board.status().instances.front();
  EXPECT_EQ(instance.state, InstanceState::unreachable);
  EXPECT_EQ(instance.says, "connection refused");
  EXPECT_EQ(instance.last_save, kNow - std::chrono::seconds(600));
  EXPECT_EQ(instance.seen_at, kNow);
  board.polled(kEndpoint, info_of("rdb_last_save_time:1\r\n"), kNow + std::chrono::seconds(10));
  instance = board.status().instances.front();
  EXPECT_EQ(instance.state, InstanceState::failing) << "INFO alone does not say that it works";
  board.recovered(kEndpoint);
  EXPECT_EQ(board.status().instances.front().state, InstanceState::ok);
  EXPECT_EQ(board.status().instances.front().cause, "");
}

TEST(StatusBoard, KnowsTheLastIncidentAndPlan) {
  StatusBoard board;
  board.observed(seen(kEndpoint, true), kNow);
  board.planned(kEndpoint, "p-1");
  EXPECT_EQ(board.status().instances.front().plan, "p-1");
  board.incident(kEndpoint, "i-1", "healed");
  EXPECT_EQ(board.status().instances.front().plan, "");
  EXPECT_EQ(board.status().instances.front().incident, "i-1");
  EXPECT_EQ(board.status().instances.front().incident_state, "healed");
}

TEST(StatusBoard, SaysWhenItsSummaryIsAnotherOne) {
  StatusBoard board;
  board.agent().mode = "heal";
  std::vector<std::string> said;
  board.on_summary = [&] { said.push_back(board.summary()); };
  board.observed(seen(kEndpoint, false), kNow);
  board.observed(seen(kEndpoint, false), kNow);
  board.observed(seen(kEndpoint, true), kNow);
  board.unreachable("redis://127.0.0.1:1", "no", kNow);
  board.unreachable("redis://127.0.0.1:1", "no", kNow);
  board.keep_only({"redis://127.0.0.1:1"});
  board.keep_only({"redis://127.0.0.1:1"});
  EXPECT_EQ(said, (std::vector<std::string>{
                      "watching 1 server; mode heal", "watching 1 server, 1 failing; mode heal",
                      "watching 2 servers, 1 failing, 1 not reached; mode heal",
                      "watching 1 server, 1 not reached; mode heal"}));
}

forecast::RuleForecast rule(const char* id, std::int64_t margin, const char* unit) {
  forecast::RuleForecast made;
  made.id = id;
  made.margin = margin;
  made.unit = unit;
  return made;
}

TEST(Headroom, IsThatOfTheRuleThatRefuses) {
  forecast::Forecast forecast;
  forecast.verdict = forecast::Verdict::refused;
  forecast.binding_rule = "OC2";
  forecast.rules = {rule("NPROC", 3, "count"), rule("OC2", -4096, "bytes")};
  EXPECT_EQ(headroom_of(forecast), (Headroom{"refused", "OC2", -4096, "bytes"}));
}

TEST(Headroom, IsThatOfTheRuleThatLeavesLeast) {
  forecast::Forecast forecast;
  forecast.verdict = forecast::Verdict::admitted;
  EXPECT_EQ(headroom_of(forecast), (Headroom{"admitted", "", std::nullopt, ""}));
  forecast.rules = {rule("NPROC", 5000, "count"), rule("MEMCG", 1 << 20, "bytes"),
                    rule("OC2", 1 << 19, "bytes")};
  EXPECT_EQ(headroom_of(forecast).rule, "OC2");
  forecast.rules.push_back(rule("PIDS", 2, "count"));
  EXPECT_EQ(headroom_of(forecast).rule, "PIDS") << "two tasks are less than half a mebibyte";
}

TEST(DataAtRisk, IsNothingWhereNothingChangedOrTheAofHasIt) {
  const auto risk = [](const std::string& text) { return data_at_risk(info_of(text), kNow); };
  EXPECT_EQ(risk("rdb_last_save_time:1\r\n"), std::nullopt);
  EXPECT_EQ(risk("rdb_last_save_time:1794999999\r\nrdb_changes_since_last_save:0\r\n"),
            (DataAtRisk{}));
  const std::string behind =
      "rdb_last_save_time:1794999990\r\nrdb_changes_since_last_save:3\r\naof_enabled:1\r\n";
  EXPECT_EQ(risk(behind + "aof_last_write_status:ok\r\n"),
            (DataAtRisk{.seconds = 10, .changes = 3, .in_aof = true}));
  EXPECT_EQ(risk(behind + "aof_last_write_status:err\r\n"),
            (DataAtRisk{.seconds = 10, .changes = 3, .in_aof = false}));
}

}  // namespace
}  // namespace forkmend::daemon
