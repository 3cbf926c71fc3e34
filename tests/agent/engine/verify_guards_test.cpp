// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/verify_guards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using ::testing::HasSubstr;

/// A 7.0 replica with the defaults of its configuration.
FactSet replica() {
  FactSet facts;
  facts.set("redis.role", std::string("slave"), "", "test");
  facts.set("redis.redis_version", std::string("7.0.15"), "", "test");
  facts.set("redis.config.save", std::string("3600 1 300 100 60 10000"), "", "test");
  facts.set("redis.config.stop-writes-on-bgsave-error", std::string("yes"), "", "test");
  facts.set("redis.config.replica-ignore-disk-write-errors", std::string("no"), "", "test");
  return facts;
}

bool guarded(const char* name, const char* value) {
  FactSet facts = replica();
  facts.set(name, std::string(value), "", "test");
  return guarded_guard(facts, facts, SaveKind::snapshot).holds;
}

TEST(VerifyGuards, AReplicaThatWouldAbortIsNotGuarded) {
  const Proof proof = guarded_guard(replica(), replica(), SaveKind::snapshot);
  EXPECT_FALSE(proof.holds);
  EXPECT_THAT(proof.says, HasSubstr("would abort"));
}

TEST(VerifyGuards, AnyOneSettingGuardsAReplica) {
  EXPECT_TRUE(guarded("redis.config.replica-ignore-disk-write-errors", "yes"));
  EXPECT_TRUE(guarded("redis.config.stop-writes-on-bgsave-error", "no"));
  EXPECT_TRUE(guarded("redis.config.save", ""));
  EXPECT_TRUE(guarded("redis.redis_version", "6.2.16"));
  EXPECT_TRUE(guarded_guard(replica(), replica(), SaveKind::aof_rewrite).holds);
}

FactSet master(const char* status) {
  return replica().with({{"redis.role", std::string("master")},
                         {"redis.rdb_last_bgsave_status", std::string(status)}});
}

TEST(VerifyGuards, AMasterWhoseLastSaveWasOkWouldTakeNoWritesAfterAFailedOne) {
  const Proof proof = guarded_guard(master("ok"), master("ok"), SaveKind::snapshot);
  EXPECT_FALSE(proof.holds);
  EXPECT_THAT(proof.says, HasSubstr("writes would stop"));
  const auto guarded_by = [](const char* name, const char* value) {
    const FactSet facts = master("ok").with({{name, std::string(value)}});
    return guarded_guard(facts, facts, SaveKind::snapshot).holds;
  };
  EXPECT_TRUE(guarded_by("redis.config.stop-writes-on-bgsave-error", "no"));
  EXPECT_TRUE(guarded_by("redis.config.save", ""));
  EXPECT_FALSE(guarded_by("redis.config.replica-ignore-disk-write-errors", "yes"));
  EXPECT_TRUE(guarded_guard(master("ok"), master("ok"), SaveKind::aof_rewrite).holds);
}

TEST(VerifyGuards, AMasterThatFailedAtFirstIsNoWorseOff) {
  EXPECT_TRUE(guarded_guard(master("err"), master("err"), SaveKind::snapshot).holds);
  EXPECT_TRUE(guarded_guard(master("err"), master("ok"), SaveKind::snapshot).holds)
      << "a save of its own has worked meanwhile";
}

TEST(VerifyGuards, AMasterWhoseSettingsNobodyCanReadIsNotGuarded) {
  FactSet facts;
  facts.set("redis.role", std::string("master"), "", "test");
  facts.set("redis.rdb_last_bgsave_status", std::string("ok"), "", "test");
  EXPECT_FALSE(guarded_guard(facts, facts, SaveKind::snapshot).holds);
}

TEST(VerifyGuards, AReplicaWhoseSettingsNobodyCanReadIsNotGuarded) {
  FactSet facts;
  facts.set("redis.role", std::string("slave"), "", "test");
  EXPECT_FALSE(guarded_guard(facts, facts, SaveKind::snapshot).holds);
  EXPECT_FALSE(guarded_guard(FactSet{}, FactSet{}, SaveKind::snapshot).holds);
}

TEST(VerifyGuards, OnlyAnAdmittedForkIsTried) {
  forecast::Forecast forecast;
  EXPECT_FALSE(forecast_guard(forecast).holds);
  forecast.verdict = forecast::Verdict::too_close;
  EXPECT_FALSE(forecast_guard(forecast).holds);
  forecast.verdict = forecast::Verdict::refused;
  EXPECT_FALSE(forecast_guard(forecast).holds);
  forecast.verdict = forecast::Verdict::admitted;
  EXPECT_TRUE(forecast_guard(forecast).holds);
}

TEST(VerifyGuards, ALoadingOrSyncingServerIsNotReady) {
  FactSet facts;
  EXPECT_FALSE(ready_guard(facts).holds) << "INFO persistence is missing";
  facts.set("redis.rdb_bgsave_in_progress", std::int64_t{0}, "", "test");
  EXPECT_TRUE(ready_guard(facts).holds);
  for (const char* name :
       {"redis.loading", "redis.async_loading", "redis.master_sync_in_progress"}) {
    EXPECT_FALSE(ready_guard(facts.with({{name, std::int64_t{1}}})).holds) << name;
  }
  facts.set("redis.master_failover_state", std::string("no-failover"), "", "test");
  EXPECT_TRUE(ready_guard(facts).holds);
  facts.set("redis.master_failover_state", std::string("waiting-for-sync"), "", "test");
  EXPECT_FALSE(ready_guard(facts).holds);
}

TEST(VerifyGuards, ARestartedServerIsAnotherOne) {
  FactSet first;
  first.set("instance.pid", std::int64_t{812}, "", "test");
  first.set("instance.start_time", std::int64_t{5000}, "", "test");
  first.set("redis.run_id", std::string("a1"), "", "test");
  EXPECT_TRUE(same_server_guard(first, first).holds);
  EXPECT_FALSE(same_server_guard(first, first.with({{"instance.pid", std::int64_t{813}}})).holds);
  EXPECT_FALSE(
      same_server_guard(first, first.with({{"instance.start_time", std::int64_t{6000}}})).holds);
  EXPECT_FALSE(same_server_guard(first, first.with({{"redis.run_id", std::string("b2")}})).holds);
}

TEST(VerifyGuards, NeedsRoomForTheNextFile) {
  const DiskRoom room{.bytes = 1000, .inodes = 5};
  EXPECT_TRUE(disk_guard(room, 1000).holds);
  EXPECT_FALSE(disk_guard(room, 1001).holds);
  EXPECT_FALSE(disk_guard(room, std::nullopt).holds);
  EXPECT_FALSE(disk_guard(DiskRoom{.bytes = 1000, .inodes = 0}, 10).holds);
  EXPECT_TRUE(disk_guard(DiskRoom{.bytes = 1000, .inodes = {}}, 10).holds);
  EXPECT_FALSE(disk_guard(Error{Errc::permission_denied, "Permission denied"}, 10).holds);
}

TEST(VerifyGuards, EstimatesTheNextFileFromTheLastOneElseFromTheDataSet) {
  const auto size_of = [](const FactSet& facts, const Result<SavedFile>& last) {
    return expected_size(facts, last, SaveKind::snapshot);
  };
  FactSet facts;
  EXPECT_EQ(size_of(facts, Error{Errc::not_found, ""}), std::nullopt);
  facts.set("redis.used_memory", std::int64_t{5000}, "bytes", "test");
  EXPECT_EQ(size_of(facts, Error{Errc::not_found, ""}), 5000);
  facts.set("redis.used_memory_dataset", std::int64_t{3000}, "bytes", "test");
  EXPECT_EQ(size_of(facts, Error{Errc::not_found, ""}), 3000);
  SavedFile last;
  last.size = 1000;
  EXPECT_EQ(size_of(facts, last), 1100);
  last.size = 0;
  EXPECT_EQ(size_of(facts, last), 3000);
}

TEST(VerifyGuards, CountsWhatWasAppendedSinceTheBaseOfAnAof) {
  FactSet facts;
  SavedFile base;
  base.size = 1000;
  EXPECT_EQ(expected_size(facts, base, SaveKind::aof_rewrite), 1100);
  facts.set("redis.used_memory_dataset", std::int64_t{3000}, "bytes", "test");
  facts.set("redis.aof_current_size", std::int64_t{2000}, "bytes", "test");
  EXPECT_EQ(expected_size(facts, base, SaveKind::aof_rewrite), 2000);
  facts.set("redis.aof_current_size", std::int64_t{90000}, "bytes", "test");
  EXPECT_EQ(expected_size(facts, base, SaveKind::aof_rewrite), 3000);
}

TEST(VerifyGuards, AsksTheFileSystemForRoom) {
  const testing::TempDir dir;
  const auto room = disk_room(host::Root(), dir.path().string());
  ASSERT_TRUE(room);
  EXPECT_GT(room->bytes, 0);
  EXPECT_EQ(disk_room(host::Root(), dir.path().string() + "/absent").error().code, Errc::not_found);
}

TEST(VerifyGuards, WaitsFourTimesTheLastSaveAndAMinuteAtLeast) {
  FactSet facts;
  EXPECT_EQ(auto_deadline(facts, std::nullopt), std::chrono::seconds(60));
  facts.set("redis.rdb_last_bgsave_time_sec", std::int64_t{-1}, "seconds", "test");
  EXPECT_EQ(auto_deadline(facts, std::nullopt), std::chrono::seconds(60));
  facts.set("redis.rdb_last_bgsave_time_sec", std::int64_t{50}, "seconds", "test");
  EXPECT_EQ(auto_deadline(facts, std::nullopt), std::chrono::seconds(200));
  EXPECT_EQ(auto_deadline(facts, 20'000'000'000), std::chrono::seconds(1000));
  EXPECT_EQ(auto_deadline(facts, INT64_MAX), std::chrono::hours(24));
}

FactSet persistence(const char* save, const char* appendonly) {
  FactSet facts;
  facts.set("redis.config.save", std::string(save), "", "test");
  facts.set("redis.config.appendonly", std::string(appendonly), "", "test");
  facts.set("redis.rdb_last_bgsave_status", std::string("ok"), "", "test");
  facts.set("redis.aof_last_bgrewrite_status", std::string("ok"), "", "test");
  return facts;
}

TEST(SaveKind, RewritesTheAofOnlyWhereThatIsWhatMatters) {
  EXPECT_EQ(save_kind(persistence("900 1", "no")), SaveKind::snapshot);
  EXPECT_EQ(save_kind(persistence("", "no")), SaveKind::snapshot);
  EXPECT_EQ(save_kind(persistence("", "yes")), SaveKind::aof_rewrite);
  EXPECT_EQ(save_kind(persistence("900 1", "yes")), SaveKind::snapshot);
  FactSet rewrite_fails = persistence("900 1", "yes");
  rewrite_fails.set("redis.aof_last_bgrewrite_status", std::string("err"), "", "test");
  EXPECT_EQ(save_kind(rewrite_fails), SaveKind::aof_rewrite);
  rewrite_fails.set("redis.rdb_last_bgsave_status", std::string("err"), "", "test");
  EXPECT_EQ(save_kind(rewrite_fails), SaveKind::snapshot);
}

TEST(SaveKind, CountsTheKeysOfAllDatabases) {
  FactSet facts;
  EXPECT_EQ(key_count(facts), std::nullopt);
  facts.set("redis.rdb_bgsave_in_progress", std::int64_t{0}, "", "test");
  EXPECT_EQ(key_count(facts), 0);
  facts.set("redis.db0", std::string("keys=20,expires=0,avg_ttl=0"), "", "test");
  facts.set("redis.db15", std::string("keys=3,expires=1,avg_ttl=9"), "", "test");
  facts.set("redis.dbsize_of_a_module", std::string("keys=9"), "", "test");
  EXPECT_EQ(key_count(facts), 23);
}

}  // namespace
}  // namespace forkmend::engine
