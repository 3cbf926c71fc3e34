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

Planning primary() {
  Planning planning("replica-persistence", Files{{"/config/save", "3600 1"}});
  planning.set(testing::local_server());
  planning.set(
      {{"redis.role", std::string("master")},
       {"redis.config.save", std::string("3600 1")},
       {"redis.connected_slaves", std::int64_t{2}},
       {"redis.slave0", std::string("ip=10.0.0.2,port=6379,state=online,offset=10,lag=0")},
       {"redis.slave1", std::string("ip=10.0.0.3,port=6380,state=send_bulk,offset=0,lag=0")}});
  planning.parameters.set("proof", std::string("10.0.0.2:6379"));
  return planning;
}

TEST(ReplicaPersistence, TakesANamedReplicaThatIsInStep) {
  const Proposal proposal = primary().proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().after, "");
  EXPECT_EQ(proposal.steps.front().risk, Risk::durability);
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(testing::notes_of(proposal), HasSubstr("DANGER: if this primary restarts"));
  EXPECT_TRUE(primary().spec->mitigates);
}

TEST(ReplicaPersistence, RefusesOnReplicasThatNobodyHasLookedAt) {
  Planning planning = primary();
  planning.parameters.set("proof", std::string());
  const std::string because = planning.refusal();
  EXPECT_THAT(because, HasSubstr("nothing here proves that a replica persists"));
  EXPECT_THAT(because, HasSubstr("proof = \"ADDRESS:PORT\""));
}

TEST(ReplicaPersistence, RefusesAReplicaThatIsNotThereOrNotInStep) {
  Planning planning = primary();
  planning.parameters.set("proof", std::string("10.0.0.9:6379"));
  EXPECT_THAT(planning.refusal(), HasSubstr("no replica 10.0.0.9:6379 is connected"));
  planning.parameters.set("proof", std::string("10.0.0.3:6380"));
  EXPECT_EQ(planning.refusal(),
            "the replica 10.0.0.3:6380 is not in step: state send_bulk, lag 0 s");
  planning = primary();
  planning.set({{"redis.slave0", std::string("ip=10.0.0.2,port=6379,state=online,lag=60")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("lag 60 s"));
}

TEST(ReplicaPersistence, IsForPrimariesWithReplicas) {
  Planning planning = primary();
  planning.set({{"redis.role", std::string("slave")}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  planning = primary();
  planning.set({{"redis.connected_slaves", std::int64_t{0}}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  planning = primary();
  planning.set({{"redis.config.save", std::string()}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(ReplicaPersistence, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(primary());
}

}  // namespace
}  // namespace forkmend::remediations
