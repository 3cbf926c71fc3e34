// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/host_incident.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Plan plan_against(const std::string& cause) {
  Plan plan;
  plan.cause = cause;
  return plan;
}

std::vector<HostIncident> found(const std::vector<Plan>& plans, int limit,
                                const std::vector<std::int64_t>& shortfalls = {}) {
  std::vector<Affected> affected;
  affected.reserve(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    affected.push_back({&plans[i], i < shortfalls.size() ? shortfalls[i] : 0});
  }
  policy::Rails rails;
  rails.same_cause_limit = limit;
  return host_incidents(affected, rails);
}

TEST(HostIncidents, BeginAtTheLimit) {
  const std::vector<Plan> plans(3, plan_against("commit-limit"));
  EXPECT_THAT(found(plans, 4), IsEmpty());
  const auto incidents = found(plans, 3);
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents.front().cause, "commit-limit");
  EXPECT_THAT(incidents.front().servers, ElementsAre(0, 1, 2));
}

TEST(HostIncidents, AreOfOneCauseEach) {
  const std::vector<Plan> plans = {plan_against("commit-limit"), plan_against("nproc-limit"),
                                   plan_against("commit-limit"), plan_against("disk-full")};
  const auto incidents = found(plans, 2);
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_THAT(incidents.front().servers, ElementsAre(0, 2));
}

TEST(HostIncidents, BeginWithTheServerThatLacksMost) {
  const std::vector<Plan> plans(3, plan_against("commit-limit"));
  EXPECT_THAT(found(plans, 3, {10, 30, 20}).front().servers, ElementsAre(1, 2, 0));
}

TEST(HostIncidents, NeedMoreThanOneServerAndAKnownCause) {
  EXPECT_THAT(found({plan_against("commit-limit")}, 1), IsEmpty());
  EXPECT_THAT(found({plan_against("unknown"), plan_against("unknown")}, 2), IsEmpty());
}

Attempt attempt_of(const std::string& remedy) {
  Attempt attempt;
  attempt.remedy = remedy;
  return attempt;
}

TEST(WithinConsent, KeepsWhatWasConfirmedAndSavingAgain) {
  Plan plan;
  plan.attempts = {attempt_of("save-again"), attempt_of("overcommit-limit"),
                   attempt_of("overcommit-limit + swapfile"), attempt_of("overcommit-memory")};
  const Plan kept = within_consent(plan, {"overcommit-limit"});
  ASSERT_THAT(kept.attempts, SizeIs(2));
  EXPECT_EQ(kept.attempts[0].remedy, "save-again");
  EXPECT_EQ(kept.attempts[1].remedy, "overcommit-limit");
  ASSERT_THAT(kept.refused, SizeIs(2));
  EXPECT_EQ(kept.refused[0].remedy, "overcommit-limit + swapfile");
  EXPECT_TRUE(kept.refused[0].by_rail);
}

}  // namespace
}  // namespace forkmend::engine
