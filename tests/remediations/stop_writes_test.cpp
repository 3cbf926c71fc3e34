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

/// A primary whose last snapshot failed, an hour and 5000 changes after the last good one.
Planning refusing() {
  Planning planning("stop-writes", Files{{"/config/stop-writes-on-bgsave-error", "yes"}});
  planning.set(testing::local_server());
  planning.set({{"redis.role", std::string("master")},
                {"redis.rdb_last_bgsave_status", std::string("err")},
                {"redis.rdb_last_save_time", std::int64_t{1'000'000}},
                {"redis.server_time_usec", std::int64_t{1'003'600} * 1'000'000},
                {"redis.rdb_changes_since_last_save", std::int64_t{5000}},
                {"redis.config.save", std::string("3600 1")},
                {"redis.config.stop-writes-on-bgsave-error", std::string("yes")}});
  return planning;
}

TEST(StopWrites, IsABridgeWithALease) {
  const Proposal proposal = refusing().proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.after, "no");
  EXPECT_EQ(step.lease, 600);
  EXPECT_EQ(step.risk, Risk::durability);
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_EQ(
      proposal.predicted,
      "writes are taken for 10 min, then refused again unless a save works; 5,000 changes of the "
      "last 1 h would be lost in a restart");
  EXPECT_TRUE(refusing().spec->mitigates);
}

TEST(StopWrites, IsSafeWithAHealthyAof) {
  Planning planning = refusing();
  planning.set({{"redis.aof_enabled", std::int64_t{1}},
                {"redis.aof_last_write_status", std::string("ok")},
                {"redis.config.appendfsync", std::string("everysec")}});
  EXPECT_EQ(planning.proposal().steps.front().risk, Risk::safe);
  planning.set({{"redis.aof_last_write_status", std::string("err")}});
  EXPECT_EQ(planning.proposal().steps.front().risk, Risk::durability);
}

TEST(StopWrites, WorksAsAPairWithSave) {
  Planning planning = refusing();
  planning.set({{"redis.config.save", std::string()}});
  EXPECT_EQ(
      planning.refusal(),
      "without save points a failed snapshot stops no writes: the two settings work together");
}

TEST(StopWrites, IsNotForReplicas) {
  Planning planning = refusing();
  planning.set({{"redis.role", std::string("slave")}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(StopWrites, DoesNothingWhereWritesAreTaken) {
  Planning planning = refusing();
  planning.set({{"redis.rdb_last_bgsave_status", std::string("ok")}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  planning = refusing();
  planning.set({{"redis.config.stop-writes-on-bgsave-error", std::string("no")}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(StopWrites, LastsADayAtMost) {
  const auto& parameter = refusing().spec->parameters.front();
  EXPECT_EQ(parameter.maximum, 24 * 3600 * 1000);
}

TEST(StopWrites, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(refusing());
}

}  // namespace
}  // namespace forkmend::remediations
