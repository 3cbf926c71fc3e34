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

Planning filtered() {
  Planning planning("incremental-fsync", Files{{"/config/rdb-save-incremental-fsync", "yes"}});
  planning.set(testing::local_server());
  planning.set({{"redis.config.rdb-save-incremental-fsync", std::string("yes")},
                {"redis.config_file", std::string()}});
  planning.blame("seccomp");
  return planning;
}

TEST(IncrementalFsync, KeepsTheChildFromTheForbiddenCall) {
  const Proposal proposal = filtered().proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().after, "no");
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(testing::notes_of(proposal),
              HasSubstr("not kept for the server's next start: the server was started without a "
                        "configuration file, with arguments alone; its redis.conf would want: "
                        "rdb-save-incremental-fsync no"));
}

TEST(IncrementalFsync, IsNoAnswerToAnotherCause) {
  Planning planning = filtered();
  planning.blame("disk-full");
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(IncrementalFsync, DoesNotHelpWhereTheForkItselfIsForbidden) {
  Planning planning = filtered();
  planning.set({{"failure.stage", std::string("fork")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("refuses the fork itself"));
}

TEST(IncrementalFsync, LeavesAServerAloneThatHasItOff) {
  Planning planning = filtered();
  planning.set({{"redis.config.rdb-save-incremental-fsync", std::string("no")}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(IncrementalFsync, DoesNotApplyToServersWithoutTheSetting) {
  Planning planning = filtered();
  planning.facts.set_missing("redis.config.rdb-save-incremental-fsync", FactState::not_applicable,
                             "CONFIG GET", "this server has no such parameter");
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(IncrementalFsync, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(filtered());
}

}  // namespace
}  // namespace forkmend::remediations
