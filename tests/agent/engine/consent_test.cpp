// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A plan that was made under another policy, by a more generous consent, or before an intrusion.
#include "engine/consent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/plan_case.hpp"

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PlanCase;

remediations::Step step_of(const char* remedy, Risk risk) {
  remediations::Step step;
  step.remedy = remedy;
  step.risk = risk;
  return step;
}

std::vector<std::string> reasons(const PlanCase& one, const Plan& plan) {
  const auto forecast = forecast::forecast_fork(one.facts);
  return why_not_allowed(plan, {.instance = "redis://127.0.0.1:6379",
                                .facts = one.facts,
                                .diagnosis = one.diagnosis,
                                .forecast = forecast,
                                .policy = one.policy,
                                .root = one.tree.root(),
                                .allowed = one.allowed});
}

Plan evicting() {
  Plan plan;
  plan.attempts.push_back(
      {.remedy = "maxmemory",
       .steps = {step_of("maxmemory", Risk::lossy), step_of("maxmemory", Risk::lossy)}});
  return plan;
}

TEST(StoredPlan, MayBeCarriedOutAsItWasMade) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  const Plan plan = one.plan();
  ASSERT_FALSE(plan.empty());
  EXPECT_THAT(reasons(one, plan), IsEmpty());
}

TEST(StoredPlan, NeedsTheConsentAnew) {
  PlanCase one;
  one.policy.rails.max_risk = Risk::lossy;
  EXPECT_THAT(reasons(one, evicting()), ElementsAre(HasSubstr("only with --allow lossy")));
  one.allowed = Risk::lossy;
  EXPECT_THAT(reasons(one, evicting()), IsEmpty());
}

TEST(StoredPlan, MeetsTheRailsOfToday) {
  PlanCase one;
  one.allowed = Risk::lossy;
  one.policy.rails.max_risk = Risk::durability;
  EXPECT_THAT(reasons(one, evicting()), ElementsAre(HasSubstr("the rail max_risk is durability")));
  one.policy.rails.deny = {"maxmemory"};
  EXPECT_THAT(reasons(one, evicting()), ElementsAre("the rail deny names maxmemory"));
}

TEST(StoredPlan, LooksAtFirstAidAndPersistenceToo) {
  PlanCase one;
  one.policy.rails.deny = {"guard-replica", "thp"};
  Plan plan;
  plan.first_aid = {step_of("guard-replica", Risk::safe)};
  plan.attempts.push_back({.remedy = "thp", .persist = {step_of("thp", Risk::safe)}});
  EXPECT_THAT(reasons(one, plan),
              ElementsAre("the rail deny names guard-replica", "the rail deny names thp"));
}

TEST(StoredPlan, StopsAtASuspicionOfIntrusion) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  const Plan plan = one.plan();
  one.diagnosis.causes.push_back(
      {.id = "hijacked-dir", .confidence = diagnosis::Confidence::possible, .evidence = {}});
  EXPECT_THAT(reasons(one, plan), ElementsAre(HasSubstr("changed by an attacker")));
}

}  // namespace
}  // namespace forkmend::engine
