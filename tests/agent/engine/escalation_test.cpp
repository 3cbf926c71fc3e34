// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/escalation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/engine/plan_case.hpp"
#include "base/units.hpp"

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PlanCase;
using ::testing::SizeIs;

constexpr const char* kInstance = "redis://127.0.0.1:6379";

WallTime at(std::string_view text) {
  return *parse_time(text);
}

Now noon() {
  return {.wall = at("2026-11-25T12:00:00.000Z"), .boot = std::chrono::hours(5)};
}

IncidentRecord healed(std::string_view when, const std::string& remedy) {
  IncidentRecord incident;
  incident.id = "i-20261125T110000-0001";
  incident.instance = kInstance;
  incident.cause = "commit-limit";
  incident.state = IncidentState::healed;
  incident.opened = at(when);
  incident.closed = at(when);
  incident.report = R"({"outcome":{"healed_by":")" + remedy + "\"}}";
  return incident;
}

std::vector<std::string> remedies(const std::vector<IncidentRecord>& history) {
  std::vector<std::string> all;
  for (const RecentHeal& heal : recent_heals(history, kInstance, policy::Rails{}, noon())) {
    all.push_back(heal.remedy);
  }
  return all;
}

TEST(RecentHeals, AreThoseYoungerThanStableAfterNewestFirst) {
  EXPECT_THAT(remedies({healed("2026-11-25T11:31:00.000Z", "thp"),
                        healed("2026-11-25T11:45:00.000Z", "overcommit-limit"),
                        healed("2026-11-25T11:30:00.000Z", "too-old")}),
              ElementsAre("overcommit-limit", "thp"));
}

TEST(RecentHeals, AreNotThoseThatCarriedSavesOfTheServersOwn) {
  IncidentRecord heal = healed("2026-11-25T11:50:00.000Z", "thp");
  heal.own_saves = 2;
  EXPECT_THAT(remedies({heal}), ElementsAre("thp"));
  EXPECT_TRUE(relapse({heal}, kInstance, heal.cause, policy::Rails{}, noon()));
  heal.own_saves = 3;
  EXPECT_THAT(remedies({heal}), IsEmpty());
  EXPECT_FALSE(relapse({heal}, kInstance, heal.cause, policy::Rails{}, noon()))
      << "the same cause by now is a new story";
}

TEST(RecentHeals, AreOfThisInstanceAndOfHealsAlone) {
  IncidentRecord other = healed("2026-11-25T11:50:00.000Z", "thp");
  other.instance = "redis://127.0.0.1:6380";
  IncidentRecord failed = healed("2026-11-25T11:50:00.000Z", "thp");
  failed.state = IncidentState::not_healed;
  EXPECT_THAT(remedies({other, failed}), IsEmpty());
}

TEST(RecentHeals, NeedAReportThatSaysWhatHealed) {
  IncidentRecord silent = healed("2026-11-25T11:50:00.000Z", "");
  EXPECT_THAT(remedies({silent}), IsEmpty());
  for (const auto* report : {"", "[]", "{", "{\"outcome\":1}", "{\"outcome\":{\"healed_by\":1}}"}) {
    silent.report = report;
    EXPECT_THAT(remedies({silent}), IsEmpty()) << report;
  }
}

TEST(RecentHeals, CountWhenTheClockWasSetBack) {
  EXPECT_THAT(remedies({healed("2026-11-25T15:00:00.000Z", "thp")}), ElementsAre("thp"));
}

TEST(RecentHeals, AreMeasuredByTheClockThatNobodySets) {
  IncidentRecord heal = healed("2026-11-20T11:00:00.000Z", "thp");
  heal.closed_boot = noon().boot - std::chrono::minutes(29);
  EXPECT_THAT(remedies({heal}), ElementsAre("thp")) << "the wall clock was set forward by days";
  heal.closed_boot = noon().boot - std::chrono::minutes(31);
  heal.closed = at("2026-11-25T11:59:00.000Z");
  EXPECT_THAT(remedies({heal}), IsEmpty()) << "the wall clock was set back";
}

IncidentRecord mitigated(std::string_view when, const std::string& remedy) {
  IncidentRecord incident = healed(when, remedy);
  incident.state = IncidentState::mitigated;
  incident.report = R"({"outcome":{"mitigated_by":")" + remedy + "\"}}";
  return incident;
}

TEST(RecentHeals, KnowABridgeOfTheLastDay) {
  const auto heals = recent_heals({mitigated("2026-11-24T13:00:00.000Z", "stop-writes"),
                                   mitigated("2026-11-24T11:00:00.000Z", "save-schedule")},
                                  kInstance, policy::Rails{}, noon());
  ASSERT_THAT(heals, SizeIs(1));
  EXPECT_EQ(heals.front().remedy, "stop-writes");
  EXPECT_TRUE(heals.front().only_mitigated);
}

TEST(RecentHeals, ForgetABridgeThatAPersonHasLookedAt) {
  IncidentRecord bridge = mitigated("2026-11-25T11:00:00.000Z", "stop-writes");
  EXPECT_THAT(remedies({bridge}), ElementsAre("stop-writes"));
  bridge.acknowledged.emplace();
  EXPECT_THAT(remedies({bridge}), IsEmpty());
}

TEST(RecentHeals, ForgetABridgeOnceSavesWorkedAgain) {
  EXPECT_THAT(remedies({mitigated("2026-11-25T09:00:00.000Z", "stop-writes"),
                        healed("2026-11-25T10:00:00.000Z", "overcommit-limit")}),
              IsEmpty());
  EXPECT_THAT(remedies({mitigated("2026-11-25T10:30:00.000Z", "stop-writes"),
                        healed("2026-11-25T10:00:00.000Z", "overcommit-limit")}),
              ElementsAre("stop-writes"));
}

TEST(Escalation, ABridgeIsNoHealAndIsNotUsedTwice) {
  PlanCase one;
  one.allowed = Risk::durability;
  one.policy.rails.max_risk = Risk::durability;
  one.set({{"redis.config.stop-writes-on-bgsave-error", std::string("yes")},
           {"redis.config.save", std::string("3600 1")},
           {"redis.rdb_last_bgsave_status", std::string("err")},
           {"redis.aof_enabled", std::int64_t{0}},
           {"redis.config.appendonly", std::string("no")},
           {"redis.role", std::string("master")}});
  one.try_remedy("stop-writes");
  ASSERT_THAT(one.plan().attempts, SizeIs(1)) << one.plan().refused.front().because;
  one.recent_heals = {{.cause = "commit-limit",
                       .remedy = "stop-writes",
                       .incident = "i-20261125T110000-0001",
                       .ago = std::chrono::hours(2),
                       .only_mitigated = true}};
  const Plan plan = one.plan();
  EXPECT_THAT(plan.attempts, IsEmpty());
  EXPECT_THAT(plan.refused.front().because,
              HasSubstr("it has had its time in incident i-20261125T110000-0001"));
}

RecentHeal heal_by(const std::string& remedy) {
  return {"commit-limit", remedy, "i-20261125T110000-0001", std::chrono::minutes(12)};
}

TEST(Escalation, SkipsWhatHealedLastAndLetsTheNextHaveItsTurn) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("overcommit-memory");
  one.recent_heals = {heal_by("overcommit-limit")};
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1));
  EXPECT_EQ(plan.attempts.front().remedy, "overcommit-memory");
  EXPECT_EQ(plan.attempts.front().because,
            "it has its turn: overcommit-limit healed this 12 min ago (incident "
            "i-20261125T110000-0001) and it did not last 30 min (rail stable_after) or 3 "
            "saves of the server's own (stable_saves)");
  ASSERT_THAT(plan.refused, SizeIs(1));
  EXPECT_EQ(plan.refused.front().remedy, "overcommit-limit");
  EXPECT_TRUE(plan.refused.front().by_rail);
  EXPECT_THAT(plan.refused.front().pass, HasSubstr("stable_after"));
}

TEST(Escalation, GoesOnBehindTheOneThatHealed) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("overcommit-memory");
  one.recent_heals = {heal_by("overcommit-memory")};
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1));
  EXPECT_EQ(plan.attempts.front().remedy, "overcommit-limit");
}

TEST(Escalation, KeepsTheOnlyRemedyAndSaysSo) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.recent_heals = {heal_by("overcommit-limit")};
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1));
  EXPECT_THAT(plan.attempts.front().because, HasSubstr("did not last"));
  EXPECT_THAT(plan.attempts.front().because, HasSubstr("the rule has nothing else"));
  EXPECT_THAT(plan.refused, IsEmpty());
}

TEST(Escalation, IsForTheSameCauseOnly) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("overcommit-memory");
  one.recent_heals = {heal_by("overcommit-limit")};
  one.recent_heals.front().cause = "nproc-limit";
  EXPECT_THAT(one.plan().attempts, SizeIs(2));
}

TEST(Escalation, TriesTheRemediesWhereASaveAloneDidNotLast) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("overcommit-memory");
  one.set({{"host.committed_as", std::int64_t{1} << 30}});
  one.recent_heals = {heal_by("save-again")};
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(2)) << "a limit with room is raised only as far as needed";
  EXPECT_EQ(plan.attempts.front().remedy, "overcommit-memory");
  EXPECT_THAT(plan.attempts.front().because, HasSubstr("a save alone healed this"));
  EXPECT_EQ(plan.attempts.back().remedy, "save-again");
}

TEST(Escalation, SavesAgainOnceMoreWhereNothingElseApplies) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.set({{"host.committed_as", std::int64_t{1} << 30}});
  one.recent_heals = {heal_by("save-again")};
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1));
  EXPECT_EQ(plan.attempts.front().remedy, "save-again");
  EXPECT_THAT(plan.attempts.front().because, HasSubstr("no remedy of the policy applies"));
}

}  // namespace
}  // namespace forkmend::engine
