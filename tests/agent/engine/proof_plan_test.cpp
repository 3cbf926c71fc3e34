// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/proof_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/plan_case.hpp"

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PlanCase;

TEST(ProofPlan, SaysWhatIsExpectedAndWhatItIsHeldTo) {
  EXPECT_THAT(proof_outlook(FactSet{}, policy::Rails{}),
              ElementsAre("a save, expected: what it will cost is not known",
                          "put off above 50,000 changes a second, a fork() of 2 s, copies of 80 %; "
                          "ended above copies of 90 %, answers in 2 s, memory pressure 50 %"));
}

TEST(ProofPlan, SaysWhereThePolicyHasNoLimits) {
  policy::Rails rails;
  rails.put_off_above = {.changes_per_second = std::nullopt,
                         .fork_time = std::nullopt,
                         .copied_of_free = std::nullopt};
  rails.abort_above = {.copied_of_free = std::nullopt,
                       .answer_time = std::nullopt,
                       .memory_pressure = std::nullopt,
                       .io_pressure = 60};
  EXPECT_EQ(proof_outlook(FactSet{}, rails).at(1), "never put off; ended above io pressure 60 %");
}

TEST(ProofPlan, IsPartOfAPlanThatASaveProves) {
  PlanCase one;
  one.try_remedy("overcommit-limit");
  one.set({{"redis.latest_fork_usec", std::int64_t{9'000'000}}});
  const Plan plan = one.plan();
  EXPECT_THAT(plan.proof,
              ElementsAre(HasSubstr("fork() about 9 s"), HasSubstr("put off above"),
                          HasSubstr("at this load it waits for a calmer moment: fork() would take "
                                    "about 9 s, above 2 s (put_off_above.fork_time)")));
  one.set({{"redis.latest_fork_usec", std::int64_t{4000}}});
  EXPECT_EQ(one.plan().proof.size(), 2U);
  EXPECT_EQ(one.plan().id, plan.id) << "figures move, the plan is the same";
}

TEST(ProofPlan, IsNoneOfAPlanThatProvesNothing) {
  PlanCase one;
  EXPECT_THAT(one.plan().proof, IsEmpty());
}

}  // namespace
}  // namespace forkmend::engine
