// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/rails.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/units.hpp"

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kInstance = "redis://127.0.0.1:6379";

WallTime at(std::string_view text) {
  return *parse_time(text);
}

/// A Wednesday.
Now noon() {
  return {.wall = at("2026-11-25T12:00:00.000Z"), .boot = std::chrono::hours(5)};
}

IncidentRecord ended(std::string_view when, IncidentState state = IncidentState::not_healed) {
  IncidentRecord incident;
  incident.id = "i-20261125T110000-0001";
  incident.instance = kInstance;
  incident.cause = "commit-limit";
  incident.state = state;
  incident.opened = at(when);
  incident.closed = at(when);
  return incident;
}

std::vector<std::string> closed(const policy::Policy& policy,
                                const std::vector<IncidentRecord>& history,
                                const std::vector<std::string>& overrides = {}) {
  std::vector<std::string> names;
  for (const auto& gate :
       check_gates(policy, history, kInstance, "commit-limit", noon(), overrides)) {
    names.push_back(gate.gate);
  }
  return names;
}

policy::Policy with_window(std::string_view text) {
  policy::Policy policy;
  policy.rails.windows.push_back(*policy::parse_window(text));
  return policy;
}

TEST(Rails, LetsEverythingThroughWithoutHistoryAndWindows) {
  EXPECT_THAT(closed(policy::Policy{}, {}), IsEmpty());
}

TEST(Rails, ClosesOutsideTheWindows) {
  EXPECT_THAT(closed(with_window("sat-sun 00:00-23:59 UTC"), {}), ElementsAre("windows"));
  EXPECT_THAT(closed(with_window("mon-fri 09:00-17:00 UTC"), {}), IsEmpty());
}

TEST(Rails, OneOpenWindowIsEnough) {
  policy::Policy policy = with_window("sat-sun 00:00-23:59 UTC");
  policy.rails.windows.push_back(*policy::parse_window("wed-wed 11:00-13:00 UTC"));
  EXPECT_THAT(closed(policy, {}), IsEmpty());
}

TEST(Rails, CoolsDownAfterAnIncidentOfTheSameInstanceAndCause) {
  const policy::Policy policy;  // ten minutes
  EXPECT_THAT(closed(policy, {ended("2026-11-25T11:50:01.000Z")}), ElementsAre("cooldown"));
  EXPECT_THAT(closed(policy, {ended("2026-11-25T11:50:00.000Z")}), IsEmpty());
  IncidentRecord other = ended("2026-11-25T11:59:00.000Z");
  other.instance = "redis://127.0.0.1:6380";
  EXPECT_THAT(closed(policy, {other}), IsEmpty());
  other = ended("2026-11-25T11:59:00.000Z");
  other.cause = "nproc-limit";
  EXPECT_THAT(closed(policy, {other}), IsEmpty());
}

TEST(Rails, CoolsDownFromTheBeginningOfAnIncidentThatNeverEnded) {
  IncidentRecord crashed = ended("2026-11-25T11:55:00.000Z", IncidentState::open);
  crashed.closed.reset();
  EXPECT_THAT(closed(policy::Policy{}, {crashed}), ElementsAre("cooldown"));
}

TEST(Rails, ATryThatChangedNothingDoesNotCount) {
  EXPECT_THAT(closed(policy::Policy{}, {ended("2026-11-25T11:59:00.000Z", IncidentState::blocked),
                                        ended("2026-11-25T11:59:00.000Z", IncidentState::advice)}),
              IsEmpty());
}

TEST(Rails, StaysClosedWhenTheClockWasSetBack) {
  const auto gates = check_gates(policy::Policy{}, {ended("2026-11-25T15:00:00.000Z")}, kInstance,
                                 "commit-limit", noon(), {});
  ASSERT_EQ(gates.size(), 1U);
  EXPECT_THAT(gates.front().because, HasSubstr("the clock jumped"));
}

TEST(Rails, StrainsOpenTheBreakerForStrainsAlone) {
  std::vector<IncidentRecord> history;
  for (int i = 0; i < 4; ++i) {
    history.push_back(ended("2026-11-25T11:1" + std::to_string(i) + ":00.000Z"));
    history.back().cause = "fragmentation";
  }
  EXPECT_THAT(closed(policy::Policy{}, history), IsEmpty());
  const auto gates = check_gates(policy::Policy{}, history, kInstance, "thp", noon(), {});
  ASSERT_EQ(gates.size(), 1U);
  EXPECT_EQ(gates.front().gate, "breaker");
}

TEST(Rails, OpensTheBreakerAtTheMostIncidentsOfAnHourOfAnyInstance) {
  std::vector<IncidentRecord> history;
  for (int i = 0; i < 4; ++i) {
    history.push_back(ended("2026-11-25T11:1" + std::to_string(i) + ":00.000Z"));
    history.back().instance = "redis://127.0.0.1:700" + std::to_string(i);
  }
  EXPECT_THAT(closed(policy::Policy{}, history), ElementsAre("breaker"));
  history.front().opened = at("2026-11-25T10:13:00.000Z");
  EXPECT_THAT(closed(policy::Policy{}, history), IsEmpty()) << "more than an hour apart";
}

TEST(Rails, AClockThatIsSetNeitherOpensNorKeepsTheCooldown) {
  IncidentRecord incident = ended("2026-11-25T11:59:00.000Z");
  incident.closed_boot = noon().boot - std::chrono::minutes(1);
  for (const auto* wall : {"2026-11-25T09:00:00.000Z", "2026-11-27T12:00:00.000Z"}) {
    SCOPED_TRACE(wall);
    Now now{.wall = at(wall), .boot = noon().boot};
    const policy::Policy policy;
    EXPECT_EQ(check_gates(policy, {incident}, kInstance, "commit-limit", now, {}).size(), 1U);
    now.boot += std::chrono::minutes(9);
    EXPECT_THAT(check_gates(policy, {incident}, kInstance, "commit-limit", now, {}), IsEmpty());
  }
}

TEST(Rails, ASuspendedHostCoolsDownWhileItSleeps) {
  // CLOCK_BOOTTIME counts through suspend; CLOCK_MONOTONIC would say one minute.
  IncidentRecord incident = ended("2026-11-25T04:00:00.000Z");
  incident.closed_boot = noon().boot - std::chrono::hours(8);
  EXPECT_THAT(check_gates(policy::Policy{}, {incident}, kInstance, "commit-limit", noon(), {}),
              IsEmpty());
}

/// Four within a quarter of an hour, two days ago.
std::vector<IncidentRecord> bad_night() {
  std::vector<IncidentRecord> history;
  for (int i = 0; i < 4; ++i) {
    history.push_back(ended("2026-11-23T03:1" + std::to_string(i) + ":00.000Z"));
    history.back().id = "i-20261123T03100" + std::to_string(i) + "-0001";
    history.back().instance = "redis://127.0.0.1:700" + std::to_string(i);
  }
  return history;
}

TEST(Breaker, StaysOpenUntilAPersonHasLooked) {
  auto history = bad_night();
  const auto gates = check_gates(policy::Policy{}, history, kInstance, "commit-limit", noon(), {});
  ASSERT_EQ(gates.size(), 1U);
  EXPECT_EQ(gates.front().gate, "breaker");
  EXPECT_THAT(gates.front().because, HasSubstr("nothing is done until a person has looked"));
  EXPECT_EQ(gates.front().pass,
            "forkmend status ack i-20261123T031003-0001 --comment \"what was wrong\"");
  history.back().acknowledged = Acknowledgement{
      .at = at("2026-11-25T09:00:00.000Z"), .actor = "ack by uid 0", .comment = "the batch job"};
  EXPECT_THAT(closed(policy::Policy{}, history), IsEmpty());
}

TEST(Breaker, AnAcknowledgementCoversWhatCameBeforeAndNotAfter) {
  auto history = bad_night();
  history[1].acknowledged = Acknowledgement{};
  EXPECT_THAT(closed(policy::Policy{}, history), IsEmpty()) << "two are left";
  for (int i = 0; i < 2; ++i) {
    history.push_back(ended("2026-11-23T03:2" + std::to_string(i) + ":00.000Z"));
    history.back().instance = "redis://127.0.0.1:7009";
  }
  EXPECT_THAT(closed(policy::Policy{}, history), ElementsAre("breaker"));
}

TEST(Breaker, CountsTheServersOfOneHostIncidentOnce) {
  auto history = bad_night();
  for (auto& incident : history) incident.host_incident = history.front().id;
  EXPECT_THAT(closed(policy::Policy{}, history), IsEmpty());
}

TEST(Breaker, CountsByTheClockThatNobodySets) {
  auto history = bad_night();
  // Four within three minutes; the wall clock was set by hours between them.
  const std::array walls = {"2026-11-23T03:10:00.000Z", "2026-11-23T09:10:00.000Z",
                            "2026-11-22T01:00:00.000Z", "2026-11-25T11:00:00.000Z"};
  for (std::size_t i = 0; i < history.size(); ++i) {
    history[i].opened = at(walls.at(i));
    history[i].opened_boot = std::chrono::minutes(100 + i);
  }
  EXPECT_THAT(closed(policy::Policy{}, history), ElementsAre("breaker"));
  history.back().opened_boot = std::chrono::minutes(100 + 61);
  EXPECT_THAT(closed(policy::Policy{}, history), IsEmpty()) << "more than an hour apart";
}

TEST(Breaker, ClosesWhereTheRailIsRaised) {
  policy::Policy policy;
  policy.rails.max_incidents_per_hour = 5;
  EXPECT_THAT(closed(policy, bad_night()), IsEmpty());
  policy.rails.max_incidents_per_hour = 1;
  EXPECT_THAT(closed(policy, {bad_night().front()}), ElementsAre("breaker"));
}

TEST(Rails, ANamedOverridePassesItsGateOnlyAndIsTold) {
  const policy::Policy policy = with_window("sat-sun 00:00-23:59 UTC");
  const std::vector<IncidentRecord> history{ended("2026-11-25T11:59:00.000Z")};
  EXPECT_THAT(closed(policy, history, {"cooldown"}), ElementsAre("windows"));
  EXPECT_THAT(closed(policy, history, {"cooldown", "windows"}), IsEmpty());
  const auto passed =
      passed_gates(policy, history, kInstance, "commit-limit", noon(), {"cooldown", "breaker"});
  ASSERT_EQ(passed.size(), 1U);
  EXPECT_EQ(passed.front().gate, "cooldown");
}

TEST(Rails, EveryGateNamesTheCommandThatOpensIt) {
  const policy::Policy policy = with_window("sat-sun 00:00-23:59 UTC");
  const auto gates = check_gates(policy, {ended("2026-11-25T11:59:00.000Z")}, kInstance,
                                 "commit-limit", noon(), {});
  ASSERT_EQ(gates.size(), 2U);
  EXPECT_THAT(to_string(gates[0]), HasSubstr("; to go on: forkmend fix --override windows"));
  EXPECT_THAT(to_string(gates[1]), HasSubstr("; to go on: forkmend fix --override cooldown"));
  EXPECT_EQ(stop_file_gate().pass, "rm /run/forkmend/stop");
}

TEST(Rails, NobodyPassesTheStopFile) {
  EXPECT_EQ(stop_file_gate().override_name, "");
}

}  // namespace
}  // namespace forkmend::engine
