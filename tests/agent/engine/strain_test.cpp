// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/strain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/engine/plan_case.hpp"
#include "base/units.hpp"

namespace forkmend::engine {
namespace {

using diagnosis::Confidence;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PlanCase;
using ::testing::SizeIs;

/// A server whose saves work, under huge pages; and a rule on that.
struct StrainedCase : PlanCase {
  StrainedCase() {
    tree.write("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
    set({{"host.committed_as", std::int64_t{1} << 30}});
    diagnosis = diagnosis::Diagnosis{};
    diagnosis.strains = {{.id = "thp", .confidence = Confidence::likely, .evidence = {}}};
    trigger = policy::Trigger::strain;
    rule().on = {policy::Trigger::strain};
    rule().causes = {"thp"};
    try_remedy("thp");
  }
};

TEST(PlanAgainstAStrain, IsMadeWhereARuleNamesTheWord) {
  StrainedCase one;
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1));
  EXPECT_EQ(plan.cause, "thp");
  EXPECT_EQ(plan.rule, "a rule");
  EXPECT_EQ(plan.attempts.front().steps.front().after, "never");
  one.rule().on = {policy::Trigger::failure, policy::Trigger::forecast};
  EXPECT_TRUE(one.plan().empty());
  EXPECT_THAT(one.plan().advice, IsEmpty());
}

TEST(PlanAgainstAStrain, WaitsForWhatIsWorse) {
  StrainedCase one;
  one.diagnosis.failing = true;
  EXPECT_TRUE(one.plan().empty());
  one.diagnosis.failing = false;
  one.set({{"host.committed_as", (std::int64_t{15} << 30) / 2}});
  EXPECT_TRUE(one.plan().empty()) << "the next fork would be refused";
}

TEST(PlanAgainstAStrain, NeedsMoreThanAGuess) {
  StrainedCase one;
  one.diagnosis.strains.front().confidence = Confidence::possible;
  EXPECT_TRUE(one.plan().empty());
}

TEST(PlanAgainstAStrain, KeepsTheRails) {
  StrainedCase one;
  one.policy.rails.deny = {"thp"};
  EXPECT_TRUE(one.plan().empty());
  EXPECT_EQ(one.plan().refused.front().because, "the rail deny names it");
  one.policy.rails.deny.clear();
  one.set({{"instance.local", false}});
  EXPECT_TRUE(one.plan().empty());
}

TEST(PlanAgainstAStrain, IsOfTheFirstThatSomethingCanBeDoneAbout) {
  StrainedCase one;
  one.rule().causes = {"thp", "slow-disk"};
  one.diagnosis.strains.insert(
      one.diagnosis.strains.begin(),
      {.id = "slow-disk", .confidence = Confidence::likely, .evidence = {}});
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1)) << "thp has no part in a slow disk";
  EXPECT_EQ(plan.cause, "thp");
}

TEST(PlanAgainstAStrain, GivesNoFirstAidWhereNothingApplies) {
  StrainedCase one;
  one.set({{"redis.role", std::string("slave")},
           {"redis.config.save", std::string("3600 1")},
           {"redis.config.stop-writes-on-bgsave-error", std::string("yes")},
           {"redis.config.replica-ignore-disk-write-errors", std::string("no")},
           {"redis.aof_enabled", std::int64_t{0}}});
  policy::RemedyChoice guard;
  guard.remedy = "guard-replica";
  one.rule().first_aid = {guard};
  EXPECT_THAT(one.plan().first_aid, SizeIs(1)) << "for the proving save";
  one.policy.rails.deny = {"thp"};
  EXPECT_TRUE(one.plan().empty());
  EXPECT_THAT(one.plan().first_aid, IsEmpty());
}

TEST(PlanAgainstAStrain, TriesARemedyOnceADay) {
  StrainedCase one;
  one.strain_attempts = {{.cause = "thp",
                          .remedy = "thp",
                          .incident = "i-20261125T090000-0001",
                          .ago = std::chrono::hours(3)}};
  EXPECT_TRUE(one.plan().empty());
  EXPECT_EQ(one.plan().refused.front().because,
            "it was tried against this strain 3 h ago (incident i-20261125T090000-0001): once a "
            "day");
  one.strain_attempts.front().cause = "slow-fork";
  EXPECT_FALSE(one.plan().empty());
}

TEST(NoAnswerToAStrain, IsABridge) {
  const StrainedCase one;
  const forecast::Forecast forecast;
  const host::Root root = one.tree.root();
  PlanRequest request{.instance = "redis://127.0.0.1:6379",
                      .facts = one.facts,
                      .diagnosis = one.diagnosis,
                      .forecast = forecast,
                      .policy = one.policy,
                      .root = root,
                      .trigger = policy::Trigger::strain};
  Attempt bridge;
  bridge.remedy = "save-schedule";
  bridge.mitigates = true;
  const auto refused = no_answer_to_strain(request, "slow-disk", bridge);
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->because, HasSubstr("only keeps a server going whose saves fail"));
  request.trigger = policy::Trigger::failure;
  EXPECT_FALSE(no_answer_to_strain(request, "slow-disk", bridge));
}

IncidentRecord strain_incident(const std::string& cause, const std::string& when,
                               const std::string& outcome) {
  IncidentRecord one;
  one.id = "i-20261125T110000-0001";
  one.instance = "redis://127.0.0.1:6379";
  one.cause = cause;
  one.state = IncidentState::healed;
  one.opened = *parse_time(when);
  one.closed = one.opened;
  one.report = "{\"outcome\":" + outcome + "}";
  return one;
}

TEST(StrainAttempts, AreThoseOfADayThatCameToAnEnd) {
  const Now now{.wall = *parse_time("2026-11-25T12:00:00.000Z"), .boot = std::chrono::hours(90)};
  const std::string purge = R"({"state":"healed","changes":[{"step":{"remedy":"guard-writes"}},)"
                            R"({"step":{"remedy":"memory-purge"}}]})";
  const std::vector<IncidentRecord> history = {
      strain_incident("fragmentation", "2026-11-25T11:00:00.000Z", purge),
      strain_incident("fragmentation", "2026-11-24T11:59:00.000Z", purge),
      strain_incident("commit-limit", "2026-11-25T11:00:00.000Z", purge),
      strain_incident("thp", "2026-11-25T11:00:00.000Z",
                      R"({"state":"interrupted","changes":[{"step":{"remedy":"thp"}}]})"),
      strain_incident("thp", "2026-11-25T11:00:00.000Z", "7")};
  const auto tried = strain_attempts(history, "redis://127.0.0.1:6379", now);
  ASSERT_THAT(tried, SizeIs(2));
  EXPECT_EQ(tried[0].remedy, "guard-writes");
  EXPECT_EQ(tried[1].remedy, "memory-purge");
  EXPECT_EQ(tried[1].cause, "fragmentation");
  EXPECT_EQ(tried[1].ago, std::chrono::hours(1));
  EXPECT_THAT(strain_attempts(history, "redis://127.0.0.1:6380", now), IsEmpty());
}

}  // namespace
}  // namespace forkmend::engine
