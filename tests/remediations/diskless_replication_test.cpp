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

Planning by_disk() {
  Planning planning("diskless-replication", Files{{"/config/repl-diskless-sync", "no"},
                                                  {"/config/repl-diskless-sync-delay", "0"}});
  planning.set(testing::local_server());
  planning.set({{"redis.connected_slaves", std::int64_t{1}},
                {"redis.config.repl-diskless-sync", std::string("no")},
                {"redis.config.repl-diskless-sync-delay", std::string("0")}});
  planning.blame("disk-full");
  return planning;
}

TEST(DisklessReplication, GoesRoundTheDisk) {
  const Proposal proposal = by_disk().proposal();
  ASSERT_EQ(proposal.steps.size(), 2U);
  EXPECT_EQ(proposal.steps[0].target.name, "repl-diskless-sync-delay");
  EXPECT_EQ(proposal.steps[0].after, "5");
  EXPECT_EQ(proposal.steps[1].target.name, "repl-diskless-sync");
  EXPECT_EQ(proposal.steps[1].after, "yes");
  EXPECT_THAT(testing::notes_of(proposal), HasSubstr("still forks"));
  EXPECT_THAT(testing::notes_of(proposal),
              HasSubstr("repl-diskless-sync-delay 5 | repl-diskless-sync yes"));
}

TEST(DisklessReplication, LeavesADelayAloneThatIsRight) {
  Planning planning = by_disk();
  planning.set({{"redis.config.repl-diskless-sync-delay", std::string("5")}});
  EXPECT_EQ(planning.proposal().steps.size(), 1U);
}

TEST(DisklessReplication, IsNoAnswerToARefusedFork) {
  Planning planning = by_disk();
  planning.blame("commit-limit");
  EXPECT_EQ(planning.refusal(),
            "a diskless synchronisation forks as any save does: it is no answer to commit-limit");
}

TEST(DisklessReplication, ChangesNothingWithoutReplicas) {
  Planning planning = by_disk();
  planning.set({{"redis.connected_slaves", std::int64_t{0}}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  planning.set({{"failure.kind", std::string("replica-sync")}});
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
}

TEST(DisklessReplication, LeavesADisklessServerAlone) {
  Planning planning = by_disk();
  planning.set({{"redis.config.repl-diskless-sync", std::string("yes")}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(DisklessReplication, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(by_disk());
}

}  // namespace
}  // namespace forkmend::remediations
