// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <cerrno>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

constexpr auto kRdb = FailureKind::rdb_save;
constexpr auto kRewrite = FailureKind::aof_rewrite;
constexpr auto kSync = FailureKind::replica_sync;
constexpr auto kWrite = FailureKind::aof_write;

TEST(Failures, NoneOnAHealthyServer) {
  const Diagnosis diagnosis = Scene().diagnose();
  EXPECT_FALSE(diagnosis.failing);
  EXPECT_TRUE(diagnosis.failures.empty());
  EXPECT_TRUE(diagnosis.causes.empty());
  EXPECT_TRUE(diagnosis.consequences.empty());
}

TEST(Failures, TakesStageAndErrnoFromTheNewestLine) {
  const Diagnosis diagnosis =
      Scene()
          .save_fails()
          .log(
              "812:M 25 Nov 2026 03:09:52.100 # Can't save in background: fork: Resource "
              "temporarily unavailable")
          .log(kForkEnomem)
          .diagnose();
  ASSERT_EQ(diagnosis.failures.size(), 1U);
  const Failure& failure = diagnosis.failures.front();
  EXPECT_EQ(failure.kind, kRdb);
  EXPECT_EQ(failure.stage, FailureStage::fork);
  EXPECT_EQ(failure.error_number, ENOMEM);
  EXPECT_EQ(failure.at, *parse_time("2026-11-25T03:09:58.120Z"));
  EXPECT_EQ(failure.source, "server log /var/log/redis/redis.log");
  EXPECT_EQ(failure.text, "Can't save in background: fork: Cannot allocate memory");
}

TEST(Failures, InfoAloneTellsNoStage) {
  const Diagnosis diagnosis = Scene().save_fails().diagnose();
  ASSERT_EQ(diagnosis.failures.size(), 1U);
  EXPECT_EQ(diagnosis.failures.front().stage, FailureStage::unknown);
  EXPECT_EQ(diagnosis.failures.front().error_number, std::nullopt);
  EXPECT_EQ(diagnosis.failures.front().source, "INFO persistence");
  EXPECT_EQ(diagnosis.failures.front().text, "rdb_last_bgsave_status:err");
}

TEST(Failures, ASuccessEndsWhatFailedBefore) {
  const Diagnosis diagnosis =
      Scene()
          .log(kForkEnomem)
          .log("812:M 25 Nov 2026 03:09:59.000 * Background saving started by pid 900")
          .log("812:M 25 Nov 2026 03:09:59.900 * Background saving terminated with success")
          .diagnose();
  EXPECT_FALSE(diagnosis.failing);
}

// loglevel warning hides every line of success; LASTSAVE does not. What INFO calls ok and no save
// has followed is the fork of a diskless sync.
TEST(Failures, ASaveThatNoLineTellsOfEndsThemToo) {
  Scene scene;
  scene.log(
      "812:M 25 Nov 2026 03:05:00.000 # Can't save in background: fork: Cannot allocate memory");
  EXPECT_NE(failure_of(scene.diagnose(), kSync), nullptr);
  EXPECT_EQ(failure_of(scene.diagnose(), kRdb), nullptr);
  scene.set("redis.rdb_last_save_time", Scene::seconds("2026-11-25T03:05:00Z"));
  EXPECT_FALSE(scene.diagnose().failing);
}

TEST(Failures, InfoIsBelievedOverTheLogOfAChild) {
  const Diagnosis diagnosis =
      Scene().log("812:M 25 Nov 2026 03:05:00.000 # Background saving error").diagnose();
  EXPECT_FALSE(diagnosis.failing);
}

TEST(Failures, AStartOfTheServerEndsThem) {
  const Diagnosis diagnosis = Scene()
                                  .log(kForkEnomem)
                                  .log("812:M 25 Nov 2026 03:09:59.000 # Server initialized")
                                  .diagnose();
  EXPECT_FALSE(diagnosis.failing);
}

TEST(Failures, LinesOfAnEarlierProcessAreNotOurs) {
  const Diagnosis by_pid =
      Scene()
          .log(
              "811:M 25 Nov 2026 03:09:58.120 # Can't rewrite append only file in background: "
              "fork: Cannot allocate memory")
          .diagnose();
  EXPECT_FALSE(by_pid.failing);
  // In a container every life has pid 1: the time of the start tells.
  const Diagnosis by_time =
      Scene()
          .set("redis.process_id", std::int64_t{1})
          .set("redis.redis_version", std::string("6.2.16"))
          .log(
              "1:M 24 Nov 2026 02:09:00.000 # Can't rewrite append only file in background: fork: "
              "Cannot allocate memory")
          .diagnose();
  EXPECT_FALSE(by_time.failing);
}

TEST(Failures, ALineNewerThanInfoCounts) {
  const Diagnosis diagnosis = Scene().log(kForkEnomem).diagnose();
  ASSERT_TRUE(diagnosis.failing);
  EXPECT_EQ(diagnosis.failures.front().kind, kRdb);
}

TEST(Failures, TheForkOfADisklessSyncIsSeenInTheLogOnly) {
  const Diagnosis diagnosis =
      Scene()
          .log(
              "812:M 25 Nov 2026 03:08:58.100 * Starting BGSAVE for SYNC with target: replicas "
              "sockets")
          .log(
              "812:M 25 Nov 2026 03:08:58.120 # Can't save in background: fork: Cannot allocate "
              "memory")
          .log("812:M 25 Nov 2026 03:08:58.121 # BGSAVE for replication failed")
          .diagnose();
  ASSERT_EQ(diagnosis.failures.size(), 1U);
  EXPECT_EQ(diagnosis.failures.front().kind, kSync);
  EXPECT_EQ(diagnosis.failures.front().stage, FailureStage::fork);
  EXPECT_EQ(diagnosis.failures.front().error_number, ENOMEM);
}

TEST(Failures, ADisklessSyncIsToldFromASaveWithoutItsFirstLine) {
  const Diagnosis diagnosis =
      Scene()
          .log(
              "812:M 25 Nov 2026 03:08:58.120 # Can't save in background: fork: Cannot allocate "
              "memory")
          .log("812:M 25 Nov 2026 03:08:58.121 # BGSAVE for replication failed")
          .diagnose();
  ASSERT_EQ(diagnosis.failures.size(), 1U);
  EXPECT_EQ(diagnosis.failures.front().kind, kSync);
}

TEST(Failures, ASyncByDiskIsAFailedSaveAsWell) {
  const Diagnosis diagnosis =
      Scene()
          .save_fails()
          .log("812:M 25 Nov 2026 03:09:58.100 * Starting BGSAVE for SYNC with target: disk")
          .log(kForkEnomem)
          .log("812:M 25 Nov 2026 03:09:58.121 # BGSAVE for replication failed")
          .log("812:M 25 Nov 2026 03:09:58.121 # BGSAVE for replication failed")
          .diagnose();
  ASSERT_NE(failure_of(diagnosis, kRdb), nullptr);
  ASSERT_NE(failure_of(diagnosis, kSync), nullptr);
  EXPECT_EQ(failure_of(diagnosis, kRdb)->stage, FailureStage::fork);
  EXPECT_EQ(failure_of(diagnosis, kSync)->error_number, ENOMEM);
}

TEST(Failures, ASyncThatForkedIsOver) {
  const Diagnosis diagnosis =
      Scene()
          .log(
              "812:M 25 Nov 2026 03:08:58.100 * Starting BGSAVE for SYNC with target: replicas "
              "sockets")
          .log(
              "812:M 25 Nov 2026 03:08:58.120 # Can't save in background: fork: Cannot allocate "
              "memory")
          .log("812:M 25 Nov 2026 03:08:58.121 # BGSAVE for replication failed")
          .log("812:M 25 Nov 2026 03:09:04.100 * Background RDB transfer started by pid 900")
          .diagnose();
  EXPECT_FALSE(diagnosis.failing);
}

TEST(Failures, ALineAboutReplicasBelongsToWhatWentJustBefore) {
  const Diagnosis diagnosis =
      Scene()
          .save_fails()
          .log(
              "812:M 25 Nov 2026 03:05:00.000 # Can't save in background: fork: Cannot allocate "
              "memory")
          .log("812:M 25 Nov 2026 03:09:00.000 # BGSAVE for replication failed")
          .diagnose();
  ASSERT_NE(failure_of(diagnosis, kSync), nullptr);
  EXPECT_EQ(failure_of(diagnosis, kSync)->stage, FailureStage::unknown);
  EXPECT_EQ(failure_of(diagnosis, kSync)->error_number, std::nullopt);
  ASSERT_NE(failure_of(diagnosis, kRdb), nullptr);
  EXPECT_EQ(failure_of(diagnosis, kRdb)->error_number, ENOMEM);
}

TEST(Failures, AReplicasOwnFileIsOneUntilItsLinkIsUp) {
  Scene scene;
  scene.set("redis.role", std::string("slave"))
      .set("redis.master_link_status", std::string("down"))
      .log(
          "812:S 25 Nov 2026 03:09:00.000 # Opening the temp file needed for MASTER <-> REPLICA "
          "synchronization: Permission denied");
  ASSERT_NE(failure_of(scene.diagnose(), kSync), nullptr);
  EXPECT_EQ(failure_of(scene.diagnose(), kSync)->error_number, EACCES);
  scene.set("redis.master_link_status", std::string("up"));
  EXPECT_FALSE(scene.diagnose().failing);
}

TEST(Failures, AReplicaThatStoppedAskingIsNoFailure) {
  const Diagnosis diagnosis =
      Scene()
          .log(
              "812:M 25 Nov 2026 02:58:58.120 # Can't save in background: fork: Cannot allocate "
              "memory")
          .log("812:M 25 Nov 2026 02:58:58.121 # BGSAVE for replication failed")
          .diagnose();
  EXPECT_EQ(failure_of(diagnosis, kSync), nullptr);
}

constexpr std::string_view kRewriteEnomem =
    "812:M 25 Nov 2026 03:08:58.120 # Can't rewrite append only file in background: fork: Cannot "
    "allocate memory";

// Up to 6.2 the status stays ok when the fork of a rewrite is refused.
TEST(Failures, ARefusedRewriteOfOldServersIsSeenInTheLogOnly) {
  const Diagnosis old =
      Scene().set("redis.redis_version", std::string("6.2.16")).log(kRewriteEnomem).diagnose();
  ASSERT_NE(failure_of(old, kRewrite), nullptr);
  EXPECT_EQ(failure_of(old, kRewrite)->stage, FailureStage::fork);
  EXPECT_FALSE(Scene().log(kRewriteEnomem).diagnose().failing);
  const Diagnosis failed = Scene()
                               .set("redis.aof_last_bgrewrite_status", std::string("err"))
                               .log(kRewriteEnomem)
                               .diagnose();
  EXPECT_NE(failure_of(failed, kRewrite), nullptr);
}

TEST(Failures, TheServerItselfCanFailToWriteForARewrite) {
  const Diagnosis diagnosis =
      Scene()
          .set("redis.redis_version", std::string("6.2.16"))
          .log(
              "812:M 25 Nov 2026 03:08:58.120 # Unable to open the temporary AOF produced by the "
              "child: No such file or directory")
          .diagnose();
  ASSERT_NE(failure_of(diagnosis, kRewrite), nullptr);
  EXPECT_EQ(failure_of(diagnosis, kRewrite)->stage, FailureStage::write);
  EXPECT_EQ(failure_of(diagnosis, kRewrite)->error_number, ENOENT);
}

TEST(Failures, JoinsTheLineOfTheChild) {
  const Diagnosis diagnosis =
      Scene()
          .save_fails()
          .log("812:M 25 Nov 2026 03:09:50.000 * Background saving started by pid 900")
          .log(
              "900:C 25 Nov 2026 03:09:50.100 # Write error saving DB on disk(fsync): No space "
              "left on device")
          .log("812:M 25 Nov 2026 03:09:50.200 # Background saving error")
          .diagnose();
  ASSERT_EQ(diagnosis.failures.size(), 1U);
  EXPECT_EQ(diagnosis.failures.front().stage, FailureStage::write);
  EXPECT_EQ(diagnosis.failures.front().error_number, ENOSPC);
  // Nothing is known of the directory: errno alone.
  EXPECT_EQ(answer_for(diagnosis, "disk-full"), "possible");
  EXPECT_EQ(answer_for(diagnosis, "permission-denied"), "ruled out: errno is ENOSPC, not EACCES.");
}

// Both write to the same file, and nothing orders them.
TEST(Failures, JoinsTheLineOfAChildThatWasFasterThanItsServer) {
  const Diagnosis diagnosis =
      Scene()
          .save_fails()
          .log(
              "900:C 25 Nov 2026 03:09:50.100 # Failed opening the temp RDB file temp-900.rdb (in "
              "server root dir /data) for saving: Operation not permitted")
          .log("812:M 25 Nov 2026 03:09:50.101 * Background saving started by pid 900")
          .log("812:M 25 Nov 2026 03:09:50.200 # Background saving error")
          .diagnose();
  EXPECT_EQ(diagnosis.failures.front().stage, FailureStage::write);
  EXPECT_EQ(diagnosis.failures.front().error_number, EPERM);
}

TEST(Failures, DoesNotJoinTheLineOfAnotherChild) {
  const Diagnosis diagnosis =
      Scene()
          .save_fails()
          .log("812:M 25 Nov 2026 03:09:50.000 * Background saving started by pid 900")
          .log(
              "850:C 25 Nov 2026 03:09:50.100 # Write error saving DB on disk(fsync): No space "
              "left on device")
          .log("812:M 25 Nov 2026 03:09:50.200 # Background saving error")
          .diagnose();
  EXPECT_EQ(diagnosis.failures.front().stage, FailureStage::child_exit);
  EXPECT_EQ(diagnosis.failures.front().error_number, std::nullopt);
}

TEST(Failures, AKilledChildHasASignal) {
  const Diagnosis diagnosis =
      Scene()
          .save_fails()
          .log("812:M 25 Nov 2026 03:09:50.000 * Background saving started by pid 900")
          .log("812:M 25 Nov 2026 03:09:50.200 # Background saving terminated by signal 9")
          .diagnose();
  EXPECT_EQ(diagnosis.failures.front().stage, FailureStage::child_signal);
  EXPECT_EQ(diagnosis.failures.front().signal, 9);
  EXPECT_TRUE(says(diagnosis.advice, "killed by signal 9"));
}

TEST(Failures, AChildThatWasCalledOffIsNoFailure) {
  const Diagnosis diagnosis =
      Scene()
          .log("812:M 25 Nov 2026 03:09:58.000 * Background saving started by pid 900")
          .log("900:signal-handler (1795576198) Received SIGUSR1 in child, exiting now.")
          .log("812:M 25 Nov 2026 03:09:58.200 # Background saving terminated by signal 10")
          .diagnose();
  EXPECT_FALSE(diagnosis.failing);
}

TEST(Failures, AnAofThatCannotBeWrittenIsOne) {
  Scene scene;
  scene.set("redis.aof_enabled", std::int64_t{1})
      .log(
          "812:M 25 Nov 2026 03:09:50.000 # Error writing to the AOF file: No space left on "
          "device");
  EXPECT_FALSE(scene.diagnose().failing) << "INFO says that it can write again";
  scene.set("redis.aof_last_write_status", std::string("err"));
  const Diagnosis diagnosis = scene.diagnose();
  ASSERT_NE(failure_of(diagnosis, kWrite), nullptr);
  EXPECT_EQ(failure_of(diagnosis, kWrite)->stage, FailureStage::write);
  EXPECT_EQ(failure_of(diagnosis, kWrite)->error_number, ENOSPC);
  scene.set("redis.aof_enabled", std::int64_t{0});
  EXPECT_FALSE(scene.diagnose().failing) << "the AOF is off";
}

TEST(Failures, TextOfTheServerIsMadeHarmless) {
  const Diagnosis diagnosis =
      Scene()
          .save_fails()
          .log("812:M 25 Nov 2026 03:09:58.120 # Can't save in background: fork: \x1b[2J")
          .diagnose();
  EXPECT_EQ(diagnosis.failures.front().text.find('\x1b'), std::string::npos);
}

TEST(FailureFacts, DescribeTheNewestFailure) {
  const FactSet facts = failure_facts(Scene().save_fails().log(kForkEnomem).diagnose());
  EXPECT_EQ(facts.text("failure.kind"), "rdb-save");
  EXPECT_EQ(facts.text("failure.stage"), "fork");
  EXPECT_EQ(facts.integer("failure.errno"), ENOMEM);
}

TEST(FailureFacts, DoNotInventAnErrno) {
  const FactSet unknown = failure_facts(Scene().save_fails().diagnose());
  EXPECT_EQ(unknown.text("failure.stage"), "unknown");
  EXPECT_EQ(unknown.find("failure.errno")->state, FactState::unknown);
  const FactSet none = failure_facts(Scene().diagnose());
  EXPECT_EQ(none.find("failure.kind")->state, FactState::not_applicable);
}

}  // namespace
}  // namespace forkmend::diagnosis
