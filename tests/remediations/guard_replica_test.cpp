// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using testing::Planning;

/// A 7.2 replica with every setting at its default.
Planning replica() {
  Planning planning("guard-replica", {{"/config/replica-ignore-disk-write-errors", "no"}});
  planning.set(testing::local_server());
  planning.set({{"redis.role", std::string("slave")},
                {"redis.redis_version", std::string("7.2.4")},
                {"redis.aof_enabled", std::int64_t{0}},
                {"redis.config.save", std::string("3600 1 300 100 60 10000")},
                {"redis.config.stop-writes-on-bgsave-error", std::string("yes")},
                {"redis.config.replica-ignore-disk-write-errors", std::string("no")}});
  return planning;
}

TEST(GuardReplica, KeepsAReplicaFromAborting) {
  const Planning planning = replica();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_TRUE(proposal.persist.empty());
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::config);
  EXPECT_EQ(step.target.name, "replica-ignore-disk-write-errors");
  EXPECT_EQ(step.target.endpoint, "redis://127.0.0.1:6379");
  EXPECT_EQ(step.target.run_id, "0123456789abcdef0123456789abcdef01234567");
  EXPECT_EQ(step.before, "no");
  EXPECT_EQ(step.after, "yes");
  EXPECT_FALSE(step.needs_root);
  EXPECT_EQ(step.scope, Scope::instance);
  EXPECT_EQ(step.risk, Risk::safe);
  EXPECT_EQ(step.shell,
            "redis-cli -u redis://127.0.0.1:6379 config set replica-ignore-disk-write-errors yes");
  EXPECT_EQ(step.undo_shell,
            "redis-cli -u redis://127.0.0.1:6379 config set replica-ignore-disk-write-errors no");
}

TEST(GuardReplica, LeavesAMasterAlone) {
  Planning planning = replica();
  planning.set({{"redis.role", std::string("master")}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  EXPECT_EQ(planning.refusal(), "the server is not a replica");
}

TEST(GuardReplica, LeavesOlderServersAlone) {
  Planning planning = replica();
  planning.set({{"redis.redis_version", std::string("6.2.16")}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(GuardReplica, LeavesAGuardedReplicaAlone) {
  Planning planning = replica();
  planning.set({{"redis.config.replica-ignore-disk-write-errors", std::string("yes")}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(GuardReplica, DoesNotApplyWhereNothingCanAbortIt) {
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"redis.config.save", ""}, {"redis.config.stop-writes-on-bgsave-error", "no"}}) {
    Planning planning = replica();
    planning.set({{name, value}});
    EXPECT_EQ(planning.probe().answer, Applicability::not_applicable) << name;
  }
}

TEST(GuardReplica, GuardsAgainstAofErrorsToo) {
  Planning planning = replica();
  planning.set({{"redis.config.save", std::string()}, {"redis.aof_enabled", std::int64_t{1}}});
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
}

TEST(GuardReplica, SaysUnknownWithoutTheSettings) {
  Planning planning = replica();
  planning.hide("redis.config.save");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
  planning = replica();
  planning.hide("redis.config.replica-ignore-disk-write-errors");
  EXPECT_EQ(planning.refusal(),
            "redis.config.replica-ignore-disk-write-errors is unreadable (Permission denied)");
}

TEST(GuardReplica, SaysUnknownWithoutTheRole) {
  Planning planning = replica();
  planning.hide("redis.role");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(GuardReplica, NeedsTheRunIdOfTheServerItWasPlannedFor) {
  Planning planning = replica();
  planning.hide("redis.run_id");
  EXPECT_EQ(planning.refusal(), "redis.run_id is unreadable (Permission denied)");
}

TEST(GuardReplica, NeedsAServerProvenToBeHere) {
  Planning planning = replica();
  planning.set({{"instance.local", false}});
  EXPECT_EQ(planning.refusal(), "the server is not proven to be a process of this host");
}

TEST(GuardReplica, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(replica());
}

}  // namespace
}  // namespace forkmend::remediations
