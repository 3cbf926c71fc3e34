// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Remedies that are not enough, and several that are together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "agent/engine/plan_case.hpp"

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PlanCase;
using ::testing::SizeIs;

std::string refusal_of(const Plan& plan, std::string_view remedy) {
  const auto found = std::ranges::find(plan.refused, remedy, &RefusedRemedy::remedy);
  return found == plan.refused.end() ? "" : found->because;
}

/// The commit limit and the cgroup's task limit both refuse the next fork.
struct TwiceRefused : PlanCase {
  TwiceRefused() {
    set({{"instance.pids.0.current", std::int64_t{4915}},
         {"instance.pids.0.path", std::string("/sys/fs/cgroup/system.slice/redis.service")}});
  }
};

TEST(Insufficient, IsRefusedWithWhatWouldStillBeInTheWay) {
  TwiceRefused one;
  one.try_remedy("overcommit-limit");
  const Plan plan = one.plan();
  EXPECT_THAT(plan.attempts, IsEmpty());
  EXPECT_THAT(refusal_of(plan, "overcommit-limit"),
              HasSubstr("even with overcommit-limit the next fork would be refused by the rule "
                        "PIDS: "));
}

TEST(Insufficient, LetsTheNextOfTheListHaveItsTurn) {
  PlanCase one;
  // Too little for the child by itself: the forecast is what drops it.
  one.set({{"host.free_for_heuristic", std::int64_t{0}}});
  one.try_remedy("tasks-limit");
  one.try_remedy("overcommit-limit");
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1));
  EXPECT_EQ(plan.attempts.front().remedy, "overcommit-limit");
  EXPECT_EQ(refusal_of(plan, "tasks-limit"), "it has no part in commit-limit, which is the cause");
}

TEST(Combination, TakesTwoWhereNoneIsEnough) {
  TwiceRefused one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("tasks-limit");
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1));
  const Attempt& attempt = plan.attempts.front();
  EXPECT_EQ(attempt.remedy, "overcommit-limit + tasks-limit");
  EXPECT_THAT(remedies_of(attempt), ElementsAre("overcommit-limit", "tasks-limit"));
  ASSERT_THAT(attempt.steps, SizeIs(2));
  EXPECT_EQ(attempt.steps[0].remedy, "overcommit-limit");
  EXPECT_EQ(attempt.steps[1].remedy, "tasks-limit");
  EXPECT_EQ(attempt.forecast_after, "admitted");
  EXPECT_THAT(attempt.because, HasSubstr("none of the rule's remedies is enough alone"));
  EXPECT_THAT(attempt.predicted, HasSubstr("; "));
  EXPECT_THAT(plan.refused, IsEmpty()) << "the parts of the combination are not refused";
}

TEST(Combination, IsOnlyOfTheRulesOwnList) {
  TwiceRefused one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("overcommit-memory");
  EXPECT_THAT(one.plan().attempts, IsEmpty());
}

TEST(Combination, IsNotSoughtWhereOneIsEnough) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("tasks-limit");
  ASSERT_THAT(one.plan().attempts, SizeIs(1));
  EXPECT_EQ(one.plan().attempts.front().remedy, "overcommit-limit");
}

TEST(Combination, TakesTheFirstOfTheListAmongEquals) {
  TwiceRefused one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("overcommit-memory");
  one.try_remedy("tasks-limit");
  ASSERT_THAT(one.plan().attempts, SizeIs(1));
  EXPECT_EQ(one.plan().attempts.front().remedy, "overcommit-limit + tasks-limit");
  std::ranges::swap(one.rule().attempts[0], one.rule().attempts[1]);
  EXPECT_EQ(one.plan().attempts.front().remedy, "overcommit-memory + tasks-limit");
}

TEST(Combination, TakesTheOneOfLeastRisk) {
  TwiceRefused one;
  one.try_remedy("overcommit-memory");
  one.try_remedy("overcommit-limit");
  one.try_remedy("tasks-limit");
  one.rule().attempts[0].risk = Risk::disruptive;
  ASSERT_THAT(one.plan().attempts, SizeIs(1));
  EXPECT_EQ(one.plan().attempts.front().remedy, "overcommit-limit + tasks-limit");
}

TEST(Combination, TakesThreeWhereTwoAreNotEnough) {
  TwiceRefused one;
  one.set({{"instance.uid_tasks", std::int64_t{100}},
           {"instance.nproc_soft", std::int64_t{100}},
           {"instance.nproc_hard", std::int64_t{63000}}});
  one.try_remedy("overcommit-limit");
  one.try_remedy("tasks-limit");
  one.try_remedy("nproc-limit");
  ASSERT_THAT(one.plan().attempts, SizeIs(1));
  EXPECT_THAT(remedies_of(one.plan().attempts.front()), SizeIs(3));
}

TEST(Combination, KeepsTheRails) {
  TwiceRefused one;
  one.try_remedy("overcommit-limit");
  one.try_remedy("tasks-limit");
  one.policy.rails.deny = {"overcommit-limit"};
  const Plan plan = one.plan();
  EXPECT_THAT(plan.attempts, IsEmpty());
  EXPECT_EQ(refusal_of(plan, "overcommit-limit"), "the rail deny names it");
}

TEST(Combination, NeedsACureOfTheCause) {
  TwiceRefused one;
  one.blame("child-slot-taken", diagnosis::Confidence::proven);
  one.rule().causes = {"child-slot-taken"};
  one.try_remedy("overcommit-limit");
  one.try_remedy("tasks-limit");
  EXPECT_THAT(one.plan().attempts, IsEmpty());
}

TEST(Combination, WritesAFileOnceAndSaysSo) {
  TwiceRefused one;
  one.set({{"instance.unit", std::string("redis.service")}});
  one.try_remedy("overcommit-limit");
  one.try_remedy("tasks-limit");
  const Plan plan = one.plan();
  ASSERT_THAT(plan.attempts, SizeIs(1));
  const auto& persist = plan.attempts.front().persist;
  for (const auto& step : persist) {
    EXPECT_EQ(std::ranges::count(persist, step.target, &remediations::Step::target), 1);
  }
}

}  // namespace
}  // namespace forkmend::engine
