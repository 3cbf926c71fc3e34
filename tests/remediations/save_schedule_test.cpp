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

/// Five changes a second since the last good save, an hour ago.
Planning busy() {
  Planning planning("save-schedule", Files{{"/config/save", "300 100 60 10000"}});
  planning.set(testing::local_server());
  planning.set({{"redis.role", std::string("master")},
                {"redis.rdb_last_save_time", std::int64_t{1'000'000}},
                {"redis.server_time_usec", std::int64_t{1'003'600} * 1'000'000},
                {"redis.rdb_changes_since_last_save", std::int64_t{18'000}},
                {"redis.config.save", std::string("300 100 60 10000")}});
  return planning;
}

TEST(SaveSchedule, SavesLessOftenAndSaysWhatIsAtRisk) {
  const Proposal proposal = busy().proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().after, "900 1 3600 10");
  EXPECT_EQ(proposal.steps.front().risk, Risk::safe);
  EXPECT_EQ(proposal.predicted,
            "saves are due about every 15 min instead of every 5 min; at risk: 18,000 changes of "
            "the last "
            "1 h, later that much more");
  EXPECT_THAT(testing::notes_of(proposal),
              HasSubstr("redis.conf would want: save \"\" | save 900 1 | save 3600 10"));
  EXPECT_TRUE(busy().spec->mitigates);
}

TEST(SaveSchedule, IsWrittenAsTheServerReadsItBack) {
  Planning planning = busy();
  planning.parameters.set("to", std::string("  0900 1\t3600  010 "));
  EXPECT_EQ(planning.proposal().steps.front().after, "900 1 3600 10");
}

TEST(SaveSchedule, NoneIsDurabilityAndEndsTheStopOfWritesToo) {
  Planning planning = busy();
  planning.parameters.set("to", std::string());
  const Proposal proposal = planning.proposal();
  EXPECT_EQ(proposal.steps.front().after, "");
  EXPECT_EQ(proposal.steps.front().risk, Risk::durability);
  EXPECT_THAT(proposal.predicted, HasSubstr("failed saves no longer stop writes"));
}

TEST(SaveSchedule, LetsAReplicaKeepItsSavePoints) {
  Planning planning = busy();
  planning.parameters.set("to", std::string());
  planning.set({{"redis.role", std::string("slave")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("guard-replica"));
}

TEST(SaveSchedule, RefusesWhatWouldSaveMoreOften) {
  Planning planning = busy();
  planning.set({{"redis.config.save", std::string("3600 1")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("every 15 min instead of every 1 h"));
}

TEST(SaveSchedule, ComparesPairsWhereTheRateIsNotKnown) {
  Planning planning = busy();
  planning.hide("redis.server_time_usec");
  EXPECT_THAT(planning.refusal(), HasSubstr("depends on the rate of changes"));
  planning.set({{"redis.config.save", std::string("900 1 300 10")}});
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
}

TEST(SaveSchedule, RefusesWhatIsNoSchedule) {
  for (const char* text : {"900", "900 x", "0 1", "900 -1"}) {
    Planning planning = busy();
    planning.parameters.set("to", std::string(text));
    EXPECT_EQ(planning.probe().answer, Applicability::not_applicable) << text;
  }
}

TEST(SaveSchedule, HasNothingToDoWithoutSavePoints) {
  Planning planning = busy();
  planning.set({{"redis.config.save", std::string()}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(SaveSchedule, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(busy());
}

}  // namespace
}  // namespace forkmend::remediations
