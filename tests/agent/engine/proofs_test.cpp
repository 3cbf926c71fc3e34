// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/proofs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/units.hpp"

namespace forkmend::engine {
namespace {

using ::testing::HasSubstr;

FactSet with_text(std::string_view name, std::string value) {
  FactSet facts;
  facts.set(name, std::move(value), "", "test");
  return facts;
}

FactSet with_number(std::string_view name, std::int64_t value) {
  FactSet facts;
  facts.set(name, value, "", "test");
  return facts;
}

SavedFile file(std::uint64_t inode, std::int64_t size) {
  return {.name = "dump.rdb",
          .path = "/proc/812/cwd/dump.rdb",
          .inode = inode,
          .device = 8,
          .size = size,
          .mtime = 1000};
}

RdbLook whole(std::int64_t size) {
  return {.size = size, .magic = "REDIS0010", .has_end = true};
}

TEST(Proofs, StatusOkHolds) {
  const FactSet ok = with_text("redis.rdb_last_bgsave_status", "ok");
  EXPECT_TRUE(status_proof(FactSet{}, ok, SaveKind::snapshot).holds);
}

/// Of a server that saves by itself; 7.0 counts forks and rewrites.
FactSet saved(std::int64_t last_save, std::int64_t rewrites, std::int64_t forks) {
  FactSet facts = with_number("redis.rdb_last_save_time", last_save);
  facts.set("redis.aof_rewrites", rewrites, "count", "test");
  facts.set("redis.total_forks", forks, "count", "test");
  facts.set("redis.rdb_last_bgsave_status", std::string("ok"), "", "test");
  facts.set("redis.aof_last_bgrewrite_status", std::string("ok"), "", "test");
  return facts;
}

TEST(Proofs, ASaveOfTheServersOwnIsAForkWithALaterSave) {
  const FactSet before = saved(1000, 3, 5);
  const auto snapshot = [&before](const FactSet& after) {
    return own_save_proof(before, after, SaveKind::snapshot);
  };
  ASSERT_TRUE(snapshot(saved(1007, 3, 6)));
  EXPECT_TRUE(snapshot(saved(1007, 3, 6))->holds);
  EXPECT_FALSE(snapshot(saved(1000, 3, 6))) << "a fork for something else";
  EXPECT_FALSE(snapshot(saved(1007, 3, 5))) << "SAVE does not fork";
  EXPECT_FALSE(
      snapshot(saved(1007, 3, 6).with({{"redis.rdb_last_bgsave_status", std::string("err")}})));
  FactSet old = saved(1007, 3, 6);
  old.set_missing("redis.total_forks", FactState::unknown, "test", "before 6.2");
  EXPECT_FALSE(snapshot(old));
  EXPECT_TRUE(own_save_proof(before, saved(1000, 4, 6), SaveKind::aof_rewrite));
  EXPECT_FALSE(own_save_proof(before, saved(1007, 3, 6), SaveKind::aof_rewrite));
}

TEST(Proofs, StatusThatTheSaveMadeWorseIsTold) {
  const FactSet ok = with_text("redis.rdb_last_bgsave_status", "ok");
  const FactSet err = with_text("redis.rdb_last_bgsave_status", "err");
  const Proof worse = status_proof(ok, err, SaveKind::snapshot);
  EXPECT_FALSE(worse.holds);
  EXPECT_THAT(worse.says, HasSubstr("it was ok before"));
  EXPECT_EQ(status_proof(err, err, SaveKind::snapshot).says, "rdb_last_bgsave_status is err");
  EXPECT_FALSE(status_proof(ok, FactSet{}, SaveKind::snapshot).holds);
}

TEST(Proofs, LastsaveMustBeInTheSecondOfTheTriggerOrLater) {
  const WallTime triggered = *parse_time("2026-11-25T12:00:00.900Z");
  const std::int64_t second = 1795608000;
  EXPECT_TRUE(lastsave_proof(with_number("redis.rdb_last_save_time", second), triggered).holds);
  EXPECT_FALSE(
      lastsave_proof(with_number("redis.rdb_last_save_time", second - 1), triggered).holds);
  EXPECT_FALSE(lastsave_proof(FactSet{}, triggered).holds);
}

TEST(Proofs, CountsRewritesWhereTheServerDoes) {
  const FactSet one = with_number("redis.aof_rewrites", 1);
  const FactSet two = with_number("redis.aof_rewrites", 2);
  EXPECT_TRUE(rewrites_proof(one, two)->holds);
  EXPECT_FALSE(rewrites_proof(two, two)->holds);
  EXPECT_EQ(rewrites_proof(FactSet{}, FactSet{}), std::nullopt);
}

TEST(Proofs, ANewInodeWithMagicAndEndIsANewFile) {
  const Proof proof = new_file_proof(
      {.before = file(77, 90), .after = file(81, 900), .look = whole(900), .keys = 10});
  EXPECT_TRUE(proof.holds);
  EXPECT_EQ(proof.says, "dump.rdb inode 77 -> 81, REDIS0010 magic and end mark, 900 B");
}

TEST(Proofs, TheFirstFileIsANewFile) {
  EXPECT_TRUE(new_file_proof({.before = Error{Errc::not_found, "No such file or directory"},
                              .after = file(81, 900),
                              .look = whole(900),
                              .keys = {}})
                  .holds);
}

TEST(Proofs, TheOldFileIsNone) {
  const Proof proof = new_file_proof(
      {.before = file(77, 900), .after = file(77, 900), .look = whole(900), .keys = {}});
  EXPECT_FALSE(proof.holds);
  EXPECT_THAT(proof.says, HasSubstr("still the old file"));
}

TEST(Proofs, AFileThatCouldNotBeSeenBeforeProvesNothing) {
  EXPECT_FALSE(new_file_proof({.before = Error{Errc::permission_denied, "Permission denied"},
                               .after = file(81, 900),
                               .look = whole(900),
                               .keys = {}})
                   .holds);
}

TEST(Proofs, AFileTooSmallForItsKeysIsNone) {
  const Proof proof = new_file_proof(
      {.before = file(77, 900), .after = file(81, 90), .look = whole(90), .keys = 1000});
  EXPECT_FALSE(proof.holds);
  EXPECT_THAT(proof.says, HasSubstr("too few for 1,000 keys"));
}

TEST(Proofs, AFileWithoutMagicOrEndIsNone) {
  const RdbLook foreign{.size = 900, .magic = "", .has_end = true};
  const RdbLook cut{.size = 900, .magic = "REDIS0010", .has_end = false};
  for (const RdbLook& look : {foreign, cut}) {
    EXPECT_FALSE(
        new_file_proof({.before = file(77, 900), .after = file(81, 900), .look = look, .keys = {}})
            .holds);
  }
}

TEST(Proofs, AnOomKillAnywhereSpoilsIt) {
  FactSet before = with_number("host.oom_kills", 3);
  before.set("instance.memory.1.oom_kill", std::int64_t{0}, "count", "test");
  FactSet after = before;
  EXPECT_TRUE(oom_proof(before, after).holds);
  after.set("instance.memory.1.oom_kill", std::int64_t{1}, "count", "test");
  const Proof killed = oom_proof(before, after);
  EXPECT_FALSE(killed.holds);
  EXPECT_THAT(killed.says, HasSubstr("instance.memory.1.oom_kill 0 -> 1"));
}

TEST(Proofs, AKernelThatDoesNotCountOomKillsIsNoDoubtButAnUnreadableCountIs) {
  FactSet none;
  none.set_missing("host.oom_kills", FactState::not_applicable, "/proc/vmstat", "before 4.13");
  EXPECT_TRUE(oom_proof(none, none).holds);
  FactSet unreadable;
  unreadable.set_missing("host.oom_kills", FactState::unreadable, "/proc/vmstat", "EACCES");
  EXPECT_FALSE(oom_proof(unreadable, unreadable).holds);
}

TEST(Proofs, OnlyPongIsPong) {
  const redis::Reply pong{redis::Status{"PONG"}};
  EXPECT_TRUE(pong_proof(pong).holds);
  const redis::Reply misconf{redis::ServerError{
      "MISCONF",
      "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. "
      "Commands that may modify the data set are disabled, because this instance is configured to "
      "report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). "
      "Please check the Redis logs for details about the RDB error."}};
  EXPECT_FALSE(pong_proof(misconf).holds);
  EXPECT_FALSE(pong_proof(Error{Errc::closed, "the peer went away"}).holds);
}

}  // namespace
}  // namespace forkmend::engine
