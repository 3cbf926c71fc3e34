// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

constexpr std::string_view kRefused = "Writes are refused (MISCONF) until a disk save succeeds.";
constexpr std::string_view kPing = "PING is answered with MISCONF too";
constexpr std::string_view kAbort = "This replica will abort at the next write";

std::vector<std::string> consequences(Scene scene) {
  return scene.diagnose().consequences;
}

Scene failing() {
  Scene scene;
  scene.save_fails();
  return scene;
}

TEST(Consequences, AMasterRefusesWritesAndPing) {
  EXPECT_TRUE(says(consequences(failing()), kRefused));
  EXPECT_TRUE(says(consequences(failing()), kPing));
}

TEST(Consequences, NeitherWithoutSavePointsNorWithoutStopWrites) {
  EXPECT_FALSE(says(consequences(failing().set("redis.config.save", std::string())), "MISCONF"));
  EXPECT_FALSE(says(
      consequences(failing().set("redis.config.stop-writes-on-bgsave-error", std::string("no"))),
      "MISCONF"));
}

TEST(Consequences, SettingsThatCannotBeReadAreNotGuessed) {
  const auto hidden = consequences(failing().hide("redis.config.save"));
  EXPECT_TRUE(says(hidden, "is not known"));
  EXPECT_FALSE(says(hidden, kRefused));
}

TEST(Consequences, AReplicaFromSevenOnAborts) {
  const auto replica = [] { return failing().set("redis.role", std::string("slave")); };
  EXPECT_EQ(consequences(replica()).front().find(kAbort), 0U);
  EXPECT_TRUE(says(consequences(replica()), kRefused));
  EXPECT_FALSE(says(consequences(replica().set("redis.config.replica-ignore-disk-write-errors",
                                               std::string("yes"))),
                    "abort"));
  const auto old = consequences(replica().set("redis.redis_version", std::string("6.2.16")));
  EXPECT_FALSE(says(old, "abort"));
  EXPECT_FALSE(says(old, "MISCONF"));
}

TEST(Consequences, AnAofThatCannotBeWrittenRefusesWritesWhateverTheSavePoints) {
  Scene scene;
  scene.set("redis.aof_enabled", std::int64_t{1})
      .set("redis.aof_last_write_status", std::string("err"))
      .set("redis.config.save", std::string());
  EXPECT_TRUE(says(consequences(scene), "because the AOF cannot be written"));
}

TEST(Consequences, TellsWhatARestartWouldLose) {
  EXPECT_TRUE(says(consequences(failing()),
                   "1,234 changes of the last 1 h are in no snapshot and would be lost in a "
                   "restart."));
  EXPECT_TRUE(says(consequences(failing().set("redis.aof_enabled", std::int64_t{1})),
                   "; the AOF still holds them."));
  EXPECT_FALSE(
      says(consequences(failing().set("redis.rdb_changes_since_last_save", std::int64_t{0})),
           "snapshot"));
}

TEST(Consequences, TakesTheStartForNoSave) {
  // 90,000 s before now.
  EXPECT_TRUE(says(consequences(failing().set("redis.rdb_last_save_time",
                                              Scene::seconds("2026-11-24T02:10:00Z"))),
                   "1,234 changes since the server started 1 d 1 h ago"));
}

TEST(Consequences, ARefusedRewriteFloodsTheDirectoryFromSevenOn) {
  const auto rewrite = [](const char* version) {
    return Scene()
        .set("redis.redis_version", std::string(version))
        .set("redis.aof_enabled", std::int64_t{1})
        .set("redis.aof_last_bgrewrite_status", std::string("err"))
        .log(
            "812:M 25 Nov 2026 03:08:58.120 # Can't rewrite append only file in background: fork: "
            "Cannot allocate memory");
  };
  EXPECT_TRUE(says(consequences(rewrite("7.0.15")), "empty INCR file"));
  EXPECT_FALSE(says(consequences(rewrite("6.2.16")), "INCR"));
}

TEST(MemoryShortage, IsTheLastSavesCostAndHalfAsMuchAgain) {
  // 1 GiB was copied last time: 1.5 GiB are expected.
  const auto with_available = [](std::int64_t bytes) {
    Scene scene = failing();
    scene.log(kForkEnomem)
        .set("redis.rdb_last_cow_size", kGiB)
        .set("host.mem_available", bytes - 100 * kMiB)
        .set("host.swap_free", 100 * kMiB);
    return answer_for(scene.diagnose(), "memory-shortage");
  };
  EXPECT_EQ(with_available(kGiB + 512 * kMiB - 1), "likely");
  EXPECT_EQ(with_available(kGiB + 512 * kMiB).find("ruled out"), 0U);
}

TEST(MemoryShortage, IsGuessedFromTheDataWithoutASave) {
  // used_memory is 2 GiB: below a tenth it is likely, below half possible.
  const auto with_available = [](std::int64_t bytes) {
    Scene scene = failing();
    scene.log(kForkEnomem).set("host.mem_available", bytes);
    return answer_for(scene.diagnose(), "memory-shortage");
  };
  EXPECT_EQ(with_available(200 * kMiB), "likely");
  EXPECT_EQ(with_available(500 * kMiB), "possible");
  EXPECT_EQ(with_available(kGiB).find("ruled out"), 0U);
}

TEST(MemoryShortage, IsToldBesideTheCommitLimit) {
  Scene scene = failing();
  scene.mode(2)
      .set("host.committed_as", 7 * kGiB)
      .set("host.mem_available", 100 * kMiB)
      .log(kForkEnomem);
  const Diagnosis diagnosis = scene.diagnose();
  ASSERT_EQ(diagnosis.causes.size(), 2U);
  EXPECT_EQ(diagnosis.causes[0].id, "commit-limit");
  EXPECT_EQ(diagnosis.causes[1].id, "memory-shortage");
  EXPECT_TRUE(says(diagnosis.advice, "into an OOM kill"));
  EXPECT_FALSE(says(scene.mode(1).diagnose().advice, "into an OOM kill"));
}

TEST(MemoryShortage, IsUndecidedWithoutItsNumbers) {
  Scene scene = failing();
  scene.log(kForkEnomem).hide("host.mem_available");
  EXPECT_EQ(answer_for(scene.diagnose(), "memory-shortage"), "undecided");
}

TEST(Diagnose, AServerElsewhereIsNotJudgedByThisHost) {
  Scene scene = failing();
  scene.mode(2).set("host.committed_as", 100 * kGiB).set("instance.local", false);
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_TRUE(diagnosis.failing);
  EXPECT_TRUE(diagnosis.causes.empty());
  EXPECT_TRUE(diagnosis.ruled_out.empty());
  EXPECT_TRUE(says(diagnosis.advice, "not proven to run on this host"));
}

TEST(Diagnose, AServerThatNeverForksHasNoForkCause) {
  Scene scene = failing();
  scene.mode(2)
      .set("host.committed_as", 100 * kGiB)
      .set("redis.dragonfly_version", std::string("df-v1.21.2"));
  EXPECT_TRUE(scene.diagnose().causes.empty());
  EXPECT_TRUE(says(scene.diagnose().advice, "without forking"));
  EXPECT_FALSE(says(scene.diagnose().consequences, "MISCONF"));
}

TEST(Diagnose, WarnsAheadOfTheFirstFailure) {
  Scene scene;
  scene.mode(2).set("host.committed_as", 100 * kGiB);
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_FALSE(diagnosis.failing);
  EXPECT_TRUE(says(diagnosis.advice, "the next fork would be refused"));
}

TEST(Diagnose, AnErrnoOfNoLimitIsSaidAsItIs) {
  Scene scene = failing();
  scene.log(
      "812:M 25 Nov 2026 03:09:58.120 # Can't save in background: fork: Operation not "
      "permitted");
  EXPECT_TRUE(says(scene.diagnose().advice, "fork failed with EPERM"));
}

}  // namespace
}  // namespace forkmend::diagnosis
