// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "agent/engine/plan_case.hpp"

namespace forkmend::engine {
namespace {

using diagnosis::Confidence;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::PlanCase;

std::string only_advice(const Plan& plan) {
  EXPECT_TRUE(plan.empty());
  EXPECT_EQ(plan.advice.size(), 1U);
  return plan.advice.empty() ? "" : plan.advice.front();
}

std::string only_refusal(const Plan& plan) {
  EXPECT_TRUE(plan.empty());
  EXPECT_EQ(plan.refused.size(), 1U);
  return plan.refused.empty() ? "" : plan.refused.front().because;
}

TEST(Planner, PlansTheRemediesOfTheMatchingRuleInOrder) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("overcommit-memory");
  const Plan plan = one.plan();
  ASSERT_EQ(plan.attempts.size(), 2U);
  EXPECT_EQ(plan.attempts[0].remedy, "overcommit-limit");
  EXPECT_EQ(plan.attempts[0].forecast_after, "admitted");
  EXPECT_EQ(plan.attempts[1].remedy, "overcommit-memory");
  EXPECT_EQ(plan.cause, "commit-limit");
  EXPECT_EQ(plan.rule, "a rule");
  EXPECT_EQ(plan.pid, 812);
  EXPECT_TRUE(plan.needs_root());
  EXPECT_EQ(plan.risk(), Risk::safe);
  EXPECT_THAT(plan.refused, IsEmpty());
}

TEST(Planner, GivesTheSameIdForTheSameFactsAndAnotherForOthers) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  const std::string id = one.plan().id;
  EXPECT_THAT(id, ::testing::StartsWith("p-"));
  EXPECT_EQ(one.plan().id, id);
  one.set({{"redis.run_id", std::string("c3d4")}});
  EXPECT_NE(one.plan().id, id);
}

TEST(Planner, PlansNothingWhileNothingFails) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.diagnosis = diagnosis::Diagnosis{};
  EXPECT_TRUE(one.plan().empty());
  EXPECT_THAT(one.plan().advice, IsEmpty());
}

TEST(Planner, ActsOnAForecastAloneWhereARuleSaysSo) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.rule().on = {policy::Trigger::forecast};
  one.diagnosis = diagnosis::Diagnosis{};
  one.trigger = policy::Trigger::forecast;
  EXPECT_EQ(one.plan().attempts.size(), 1U);
  EXPECT_EQ(one.plan().cause, "commit-limit");
  one.set({{"host.committed_as", std::int64_t{1} << 30}});
  EXPECT_TRUE(one.plan().empty());
}

TEST(Planner, PlansNothingForAServerThatIsNotLocal) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.set({{"instance.local", false},
           {"instance.locality", std::string("no socket of this host listens on 10.0.0.9:6379")}});
  EXPECT_THAT(only_advice(one.plan()),
              HasSubstr("no socket of this host listens on 10.0.0.9:6379"));
}

TEST(Planner, PlansNothingOnAGuess) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.blame("commit-limit", Confidence::possible);
  EXPECT_THAT(only_advice(one.plan()), HasSubstr("only possibly commit-limit"));
  one.diagnosis.causes.clear();
  EXPECT_THAT(only_advice(one.plan()), HasSubstr("the cause is not known"));
  EXPECT_EQ(one.plan().cause, "unknown");
}

TEST(Planner, PlansNothingBesideAHijackedDirectory) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.diagnosis.causes.push_back({.id = "hijacked-dir", .confidence = Confidence::possible});
  EXPECT_THAT(only_advice(one.plan()), HasSubstr("changed by an attacker"));
}

TEST(Planner, SaysWhyNoRuleMatches) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  policy::Condition condition;
  condition.text = "host.overcommit_memory == 1";
  condition.fact = "host.overcommit_memory";
  condition.values = {std::int64_t{1}};
  one.rule().when = {condition};
  const std::string says = only_advice(one.plan());
  EXPECT_THAT(says, HasSubstr("no rule of policy.toml matches the cause commit-limit"));
  EXPECT_THAT(says, HasSubstr("rule \"a rule\" does not: "));
}

TEST(Planner, KeepsTheRails) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.policy.rails.deny = {"overcommit-limit"};
  EXPECT_EQ(only_refusal(one.plan()), "the rail deny names it");
  EXPECT_TRUE(one.plan().refused.front().by_rail);
  EXPECT_EQ(one.plan().refused.front().pass, "take it out of deny in [rails] of policy.toml");
  one.policy.rails.deny.clear();
  one.rule().attempts.front().risk = Risk::lossy;
  EXPECT_THAT(only_refusal(one.plan()), HasSubstr("is lossy, and the rail max_risk is disruptive"));
  one.policy.rails.max_risk = Risk::lossy;
  EXPECT_THAT(only_refusal(one.plan()), HasSubstr("only with --allow lossy"));
  EXPECT_EQ(one.plan().refused.front().pass, "forkmend fix --allow lossy");
  one.allowed = Risk::lossy;
  EXPECT_EQ(one.plan().attempts.size(), 1U);
  EXPECT_EQ(one.plan().risk(), Risk::lossy);
}

TEST(Planner, RefusesWhatTheRemedyRefusesAndWhatItDoesNotKnow) {
  PlanCase one;
  one.try_remedy("nproc-limit");
  one.try_remedy("no-such-remedy");
  const Plan plan = one.plan();
  EXPECT_TRUE(plan.empty());
  ASSERT_EQ(plan.refused.size(), 2U);
  EXPECT_FALSE(plan.refused[0].by_rail);
  EXPECT_EQ(plan.refused[1].because, "this forkmend has no such remedy");
}

TEST(Planner, LeavesStrictModeOnlyWhereARuleOrTheRailSaysSo) {
  PlanCase one;
  one.try_remedy("overcommit-memory");
  EXPECT_EQ(one.plan().attempts.size(), 1U) << "the rule is about commit-limit and names it";
  one.rule().causes.clear();
  EXPECT_THAT(only_refusal(one.plan()), HasSubstr("strict overcommit"));
  one.policy.rails.keep_strict_overcommit = false;
  EXPECT_EQ(one.plan().attempts.size(), 1U);
}

TEST(Planner, KeepsPersistenceOnlyWhereTheRuleWantsIt) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  EXPECT_THAT(one.plan().attempts.front().persist, Not(IsEmpty()));
  one.rule().persist = policy::Persist::never;
  const Attempt attempt = one.plan().attempts.front();
  EXPECT_THAT(attempt.persist, IsEmpty());
  EXPECT_THAT(attempt.notes.back(), HasSubstr("persist = \"never\""));
}

TEST(Planner, ExplainsEveryChoice) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("overcommit-memory");
  const Plan plan = one.plan();
  EXPECT_EQ(plan.attempts[0].because, "the first of the rule's list that applies and is enough");
  EXPECT_EQ(plan.attempts[1].because, "has its turn if overcommit-limit does not heal");
}

TEST(Planner, OrdersByRiskAndScopeWhereTheRuleSaysSo) {
  PlanCase one;
  one.try_remedy("overcommit-memory");
  one.try_remedy("overcommit-limit");
  one.rule().attempts.front().risk = Risk::disruptive;
  EXPECT_EQ(one.plan().attempts.front().remedy, "overcommit-memory") << "the list is an order";
  one.rule().order = policy::Order::least_invasive;
  const Plan plan = one.plan();
  EXPECT_EQ(plan.attempts.front().remedy, "overcommit-limit");
  EXPECT_EQ(plan.attempts.front().because,
            "the least invasive remedy of the rule that applies and is enough");
}

TEST(Planner, NamesWhatCouldHelpWhereNoRuleMatches) {
  PlanCase one;
  one.policy.rules.clear();
  const std::string says = only_advice(one.plan());
  EXPECT_THAT(says, HasSubstr("overcommit-limit applies, once a rule of the policy for "
                              "commit-limit names it"));
  EXPECT_THAT(says, Not(HasSubstr("overcommit-memory"))) << "strict mode is not left on its own";
}

TEST(Planner, SavesAgainOnceTheCauseIsGone) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.set({{"host.committed_as", std::int64_t{1} << 30}});
  const Plan plan = one.plan();
  ASSERT_EQ(plan.attempts.size(), 1U);
  EXPECT_EQ(plan.attempts.front().remedy, "save-again");
  EXPECT_THAT(plan.attempts.front().steps, IsEmpty());
  EXPECT_EQ(plan.attempts.front().forecast_after, "admitted");
}

void make_replica(PlanCase& one) {
  one.set({{"redis.role", std::string("slave")},
           {"redis.config.save", std::string("3600 1")},
           {"redis.config.stop-writes-on-bgsave-error", std::string("yes")},
           {"redis.config.replica-ignore-disk-write-errors", std::string("no")},
           {"redis.aof_enabled", std::int64_t{0}}});
}

void aid(PlanCase& one, const char* remedy) {
  policy::RemedyChoice choice;
  choice.remedy = remedy;
  one.rule().first_aid.push_back(choice);
}

TEST(Planner, GivesFirstAidToAReplicaThatNeedsItAndSaysNothingElsewhere) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  aid(one, "guard-replica");
  EXPECT_THAT(one.plan().first_aid, IsEmpty());
  EXPECT_THAT(one.plan().refused, IsEmpty());
  make_replica(one);
  ASSERT_EQ(one.plan().first_aid.size(), 1U);
  EXPECT_EQ(one.plan().first_aid.front().target.name, "replica-ignore-disk-write-errors");
}

TEST(Planner, GuardsAReplicaBeforeSavingAgain) {
  PlanCase one;
  aid(one, "guard-replica");
  make_replica(one);
  one.set({{"host.committed_as", std::int64_t{1} << 30}});
  EXPECT_EQ(one.plan().attempts.front().remedy, "save-again");
  EXPECT_EQ(one.plan().first_aid.size(), 1U);
}

TEST(Planner, GivesFirstAidAloneWhereNothingElseApplies) {
  PlanCase one;
  one.try_remedy("nproc-limit");
  aid(one, "guard-replica");
  EXPECT_TRUE(one.plan().empty()) << "no replica";
  make_replica(one);
  const Plan plan = one.plan();
  EXPECT_THAT(plan.first_aid, IsEmpty());
  ASSERT_EQ(plan.attempts.size(), 1U);
  const Attempt& alone = plan.attempts.front();
  EXPECT_EQ(alone.remedy, "guard-replica");
  EXPECT_TRUE(alone.mitigates);
  ASSERT_EQ(alone.steps.size(), 1U);
  EXPECT_EQ(alone.steps.front().target.name, "replica-ignore-disk-write-errors");
  EXPECT_EQ(alone.steps.front().lease, 600);
  EXPECT_THAT(alone.because, HasSubstr("no remedy of the rule applies"));
  // It is there already: nothing is left to do.
  one.set({{"redis.config.replica-ignore-disk-write-errors", std::string("yes")}});
  EXPECT_TRUE(one.plan().empty());
}

TEST(Planner, TakesNothingOfTheHostForFirstAid) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.policy.rails.keep_strict_overcommit = false;
  aid(one, "overcommit-memory");
  const Plan plan = one.plan();
  EXPECT_THAT(plan.first_aid, IsEmpty());
  ASSERT_EQ(plan.refused.size(), 1U);
  EXPECT_THAT(plan.refused.front().because,
              HasSubstr("first aid must be safe and of the instance"));
}

}  // namespace
}  // namespace forkmend::engine
