// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/write_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "agent/engine/plan_case.hpp"
#include "engine/first_aid.hpp"

namespace forkmend::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PlanCase;

constexpr auto* kDefaultPoints = "3600 1 300 100 60 10000";

const std::map<std::string, FactValue> kSavesAndStops = {
    {"redis.rdb_last_bgsave_status", std::string("ok")},
    {"redis.config.stop-writes-on-bgsave-error", std::string("yes")},
    {"redis.config.save", std::string(kDefaultPoints)}};

/// A diskless full sync has failed: the last snapshot is fine.
struct WellSaved : PlanCase {
  WellSaved() {
    set(kSavesAndStops);
    try_remedy("overcommit-limit");
  }
};

TEST(WriteGuard, IsFirstAidWhereAFailedProofWouldStopWrites) {
  const Plan plan = WellSaved().plan();
  ASSERT_EQ(plan.attempts.size(), 1U);
  ASSERT_EQ(plan.first_aid.size(), 1U);
  const remediations::Step& step = plan.first_aid.front();
  EXPECT_TRUE(is_write_guard(step));
  EXPECT_EQ(step.target.name, "stop-writes-on-bgsave-error");
  EXPECT_EQ(step.before, "yes");
  EXPECT_EQ(step.after, "no");
  EXPECT_EQ(step.risk, Risk::safe);
  EXPECT_EQ(step.lease, 60) << "whoever runs next takes it back";
  EXPECT_THAT(step.shell, HasSubstr("config set stop-writes-on-bgsave-error no"));
}

TEST(WriteGuard, IsNotThereWhereAFailedSaveStopsNothingThatRuns) {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"redis.rdb_last_bgsave_status", "err"},
                                          {"redis.config.stop-writes-on-bgsave-error", "no"},
                                          {"redis.config.save", ""}}) {
    WellSaved one;
    one.set({{name, value}});
    EXPECT_THAT(one.plan().first_aid, IsEmpty()) << name;
  }
  WellSaved old_replica;
  old_replica.set(
      {{"redis.role", std::string("slave")}, {"redis.redis_version", std::string("6.2.16")}});
  EXPECT_THAT(old_replica.plan().first_aid, IsEmpty());
  WellSaved aof_only;
  aof_only.set({{"redis.aof_enabled", std::int64_t{1}},
                {"redis.aof_last_bgrewrite_status", std::string("err")}});
  EXPECT_THAT(aof_only.plan().first_aid, IsEmpty()) << "proven by a rewrite";
}

TEST(WriteGuard, IsThereOnANewReplicaWhosePingsWouldBeRefused) {
  WellSaved one;
  one.set({{"redis.role", std::string("slave")}});
  EXPECT_EQ(one.plan().first_aid.size(), 1U);
}

TEST(WriteGuard, IsNotThereWhereTheSettingIsDenied) {
  WellSaved one;
  one.policy.rails.deny = {"stop-writes"};
  EXPECT_EQ(one.plan().attempts.size(), 1U);
  EXPECT_THAT(one.plan().first_aid, IsEmpty());
}

TEST(WriteGuard, IsNotThereWhereNothingIsProven) {
  WellSaved one;
  one.policy.rules.front().attempts.clear();
  EXPECT_THAT(one.plan().first_aid, IsEmpty());
}

/// A master a minute after its last good save, with five changes.
FactSet after_a_proof(const char* status) {
  FactSet facts;
  facts.set("redis.role", std::string("master"), "", "test");
  facts.set("redis.rdb_last_bgsave_status", std::string(status), "", "test");
  facts.set("redis.rdb_bgsave_in_progress", std::int64_t{0}, "", "test");
  facts.set("redis.rdb_last_save_time", std::int64_t{1'000'000}, "", "test");
  facts.set("redis.server_time_usec", std::int64_t{1'000'060'000'000}, "", "test");
  facts.set("redis.rdb_changes_since_last_save", std::int64_t{5}, "", "test");
  facts.set("redis.config.save", std::string(kDefaultPoints), "", "test");
  return facts;
}

remediations::Step guard() {
  return WellSaved().plan().first_aid.front();
}

TEST(WriteGuard, StaysAfterAFailedProof) {
  const auto harm = harm_of_removal(guard(), after_a_proof("err"));
  ASSERT_TRUE(harm);
  EXPECT_THAT(*harm, HasSubstr("would stop writes that were taken before"));
  const FactSet runs =
      after_a_proof("ok").with({{"redis.rdb_bgsave_in_progress", std::int64_t{1}}});
  EXPECT_TRUE(harm_of_removal(guard(), runs)) << "the proof was given up, its save runs on";
}

TEST(WriteGuard, GoesOnceASaveHasWorked) {
  EXPECT_FALSE(harm_of_removal(guard(), after_a_proof("ok")));
}

TEST(WriteGuard, GoesOnceTheServersOwnSavesFail) {
  const FactSet facts = after_a_proof("err");
  const FactSet due = facts.with({{"redis.rdb_changes_since_last_save", std::int64_t{10'000}}});
  EXPECT_TRUE(harm_of_removal(guard(), due)) << "due for no ten seconds: it may not have tried";
  EXPECT_FALSE(harm_of_removal(
      guard(), due.with({{"redis.server_time_usec", std::int64_t{1'000'071'000'000}}})));
  EXPECT_TRUE(harm_of_removal(
      guard(), facts.with({{"redis.server_time_usec", std::int64_t{1'000'071'000'000}}})))
      << "too few changes for its own save";
}

TEST(WriteGuard, StaysOnAReplicaThatWouldAbort) {
  const FactSet replica =
      after_a_proof("err").with({{"redis.role", std::string("slave")},
                                 {"redis.rdb_changes_since_last_save", std::int64_t{10'000}},
                                 {"redis.server_time_usec", std::int64_t{1'009'000'000'000}}});
  const auto harm = harm_of_removal(guard(), replica);
  ASSERT_TRUE(harm);
  EXPECT_THAT(*harm, HasSubstr("aborts at its next replicated write"));
}

/// The bridge of the remedy ends at its time whatever the status is.
TEST(WriteGuard, IsNotTheBridge) {
  remediations::Step bridge = guard();
  bridge.remedy = "stop-writes";
  EXPECT_FALSE(harm_of_removal(bridge, after_a_proof("err")));
}

}  // namespace
}  // namespace forkmend::engine
