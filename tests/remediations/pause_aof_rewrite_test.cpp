// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using testing::Files;
using ::testing::HasSubstr;
using testing::Planning;

Planning flooded() {
  Planning planning("pause-aof-rewrite", Files{{"/config/auto-aof-rewrite-percentage", "100"}});
  planning.set(testing::local_server());
  planning.set({{"redis.redis_version", std::string("7.0.15")},
                {"redis.aof_enabled", std::int64_t{1}},
                {"redis.config.auto-aof-rewrite-percentage", std::string("100")}});
  planning.blame("pids-limit");
  return planning;
}

TEST(PauseAofRewrite, StopsAutomaticRewrites) {
  const Proposal proposal = flooded().proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().before, "100");
  EXPECT_EQ(proposal.steps.front().after, "0");
  EXPECT_EQ(proposal.steps.front().risk, Risk::safe);
  EXPECT_TRUE(proposal.persist.empty());
}

TEST(PauseAofRewrite, IsFirstAidOfTheInstance) {
  EXPECT_EQ(flooded().spec->scope, Scope::instance);
  EXPECT_EQ(flooded().spec->risk, Risk::safe);
}

TEST(PauseAofRewrite, DoesNotApplyWhereNothingIsLeftBehind) {
  for (const auto& [name, value] :
       std::map<std::string, FactValue>{{"redis.redis_version", std::string("6.2.14")},
                                        {"redis.aof_enabled", std::int64_t{0}}}) {
    Planning planning = flooded();
    planning.set({{name, value}});
    EXPECT_EQ(planning.probe().answer, Applicability::not_applicable) << name;
  }
}

TEST(PauseAofRewrite, LeavesRewritesAloneThatWork) {
  Planning planning = flooded();
  planning.blame("disk-full");
  EXPECT_EQ(planning.refusal(), "forks are not refused, so that rewrites work");
}

TEST(PauseAofRewrite, LeavesAPausedServerAlone) {
  Planning planning = flooded();
  planning.set({{"redis.config.auto-aof-rewrite-percentage", std::string("0")}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(PauseAofRewrite, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(flooded());
}

}  // namespace
}  // namespace forkmend::remediations
