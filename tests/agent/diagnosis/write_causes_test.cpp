// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "write_scene.hpp"

namespace forkmend::diagnosis {
namespace {

constexpr std::string_view kNoSpace =
    "Write error while saving DB to the disk(rdbSaveRio): No space left on device";

TEST(DiskFull, IsProvenByErrnoAndRoom) {
  Scene scene = write_fails(kNoSpace);
  scene.set("instance.dir.available_bytes", 300 * kMiB);
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(verdict_of(diagnosis), "disk-full proven");
  EXPECT_TRUE(diagnosis.causes.front().evidence.back().kernel);
  EXPECT_TRUE(says(diagnosis.advice, "df -h /var/lib/redis"));
  EXPECT_TRUE(says(diagnosis.advice, "Do not delete dump.rdb"));
  EXPECT_EQ(answer_for(diagnosis, "inodes-exhausted"),
            "ruled out: The file was open already: it had its inode.");
}

// The failed child has removed its file: more than nothing is free, and that is not enough.
TEST(DiskFull, ComparesWithTheNewFileAndNotWithNothing) {
  Scene scene = write_fails(kNoSpace);
  scene.set("instance.dir.available_bytes", kGiB + 10 * kMiB);
  EXPECT_EQ(verdict_of(scene.diagnose()), "disk-full likely");
  scene.set("instance.dir.available_bytes", 3 * kGiB);
  EXPECT_EQ(verdict_of(scene.diagnose()), "disk-full possible");
}

// A thin volume: the file system has room, and the device behind it has none.
TEST(DiskFull, IsProvenByTheDeviceToo) {
  Scene scene =
      write_fails("Write error while saving DB to the disk(fsync): No space left on device");
  scene.kernel("2026-11-25T03:09:57Z",
               "critical space allocation error, dev sda, sector 9 op 0x1:(WRITE) flags 0x800");
  EXPECT_EQ(verdict_of(scene.diagnose()), "disk-full proven");
  EXPECT_EQ(cause_of(scene.diagnose(), "io-error"), nullptr);
}

TEST(DiskFull, OfAnAofIsComparedWithWhatWaits) {
  Scene scene = writable_scene();
  scene.set("redis.aof_enabled", std::int64_t{1})
      .set("redis.aof_last_write_status", std::string("err"))
      .set("instance.aof_dir.available_bytes", std::int64_t{4096})
      .log(
          "812:M 25 Nov 2026 03:09:58.120 # Short write while writing to the AOF file: "
          "(nwritten=4096, expected=9000)");
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(verdict_of(diagnosis), "disk-full proven");
  scene.set("instance.aof_dir.available_bytes", 50 * kMiB);
  EXPECT_EQ(verdict_of(scene.diagnose()), "disk-full possible");
}

TEST(FileSizeLimit, OfOneWriteIsNoFullDisk) {
  Scene scene = writable_scene();
  scene.set("redis.aof_enabled", std::int64_t{1})
      .set("redis.aof_last_write_status", std::string("err"))
      .set("instance.aof_dir.available_bytes", std::int64_t{4096})
      .log(
          "812:M 25 Nov 2026 03:09:58.120 # Short write while writing to the AOF file: "
          "(nwritten=2147479552, expected=2537295275)");
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(verdict_of(diagnosis), "file-size-limit likely");
  EXPECT_EQ(cause_of(diagnosis, "disk-full"), nullptr);
}

TEST(DiskFull, IsLikelyWithoutAnErrno) {
  Scene scene = writable_scene();
  scene.save_fails().log(kSavingError).set("instance.dir.available_bytes", 20 * kMiB);
  EXPECT_EQ(verdict_of(scene.diagnose()), "disk-full likely");
}

TEST(InodesExhausted, IsProvenWhenNoneIsLeft) {
  Scene scene = open_fails("No space left on device");
  scene.set("instance.dir.available_inodes", std::int64_t{0});
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(verdict_of(diagnosis), "inodes-exhausted proven");
  EXPECT_EQ(answer_for(diagnosis, "disk-full").find("ruled out: There is room"), 0U);
}

TEST(InodesExhausted, IsNotWhereTheyAreNotCounted) {
  Scene scene = open_fails("No space left on device");
  scene.set("instance.dir.available_inodes", std::int64_t{0})
      .set("instance.dir.total_inodes", std::int64_t{0});
  EXPECT_EQ(answer_for(scene.diagnose(), "inodes-exhausted"),
            "ruled out: This file system does not count inodes.");
}

TEST(QuotaExceeded, IsLikelyOnlyWhereQuotasAre) {
  Scene scene = write_fails("Write error while saving DB to the disk(fflush): Disk quota exceeded");
  EXPECT_EQ(verdict_of(scene.diagnose()), "quota-exceeded possible");
  scene.set("instance.dir.quota", true);
  EXPECT_EQ(verdict_of(scene.diagnose()), "quota-exceeded likely");
  EXPECT_EQ(answer_for(scene.diagnose(), "disk-full"), "ruled out: errno is EDQUOT, not ENOSPC.");
}

TEST(StaleTempFiles, AreTheCauseWhenTheSaveWouldFitWithoutThem) {
  Scene scene = write_fails(kNoSpace);
  scene.set("instance.dir.available_bytes", 300 * kMiB)
      .set("instance.dir.stale_temp_files", std::int64_t{2})
      .set("instance.dir.stale_temp_bytes", 3 * kGiB)
      .set("instance.dir.stale_temp_names", std::string("temp-31.rdb temp-99.rdb"));
  EXPECT_EQ(verdict_of(scene.diagnose()), "stale-temp-files proven");
  EXPECT_TRUE(says(scene.diagnose().advice, "rm -i -- temp-31.rdb temp-99.rdb"));
  scene.set("instance.dir.stale_temp_bytes", 10 * kMiB);
  EXPECT_EQ(verdict_of(scene.diagnose()), "disk-full proven");
}

TEST(FileSizeLimit, IsProvenBySignalAndLimit) {
  Scene scene = writable_scene();
  scene.save_fails()
      .log("812:M 25 Nov 2026 03:09:58.220 # Background saving terminated by signal 25")
      .set("instance.fsize_limit", 100 * kMiB)
      .set("instance.dir.available_bytes", 10 * kMiB);
  EXPECT_EQ(verdict_of(scene.diagnose()), "file-size-limit proven");
  scene.set("instance.fsize_limit", kUnlimited);
  EXPECT_EQ(verdict_of(scene.diagnose()), "file-size-limit possible");
}

TEST(FileSizeLimit, IsProvenByEfbigToo) {
  Scene scene = write_fails("Write error while saving DB to the disk(fflush): File too large");
  scene.set("instance.fsize_limit", 100 * kMiB);
  EXPECT_EQ(verdict_of(scene.diagnose()), "file-size-limit proven");
}

TEST(ReadOnly, FilesystemAndSandboxAreToldApart) {
  Scene scene = open_fails("Read-only file system");
  scene.set("instance.dir.mount_read_only", true);
  EXPECT_EQ(verdict_of(scene.diagnose()), "read-only-sandbox proven");
  EXPECT_TRUE(says(scene.diagnose().advice, "systemctl edit redis-server.service"));
  scene.set("instance.dir.filesystem_read_only", true)
      .kernel("2026-11-25T01:00:00Z", "EXT4-fs (sda1): Remounting filesystem read-only");
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(verdict_of(diagnosis), "read-only-filesystem proven");
  EXPECT_EQ(diagnosis.causes.front().evidence.back().source, "kernel log");
}

TEST(IoError, NeedsALineOfItsDevice) {
  Scene scene = write_fails("Write error while saving DB to the disk(fsync): Input/output error");
  scene.kernel("2026-11-25T03:09:57Z", "Buffer I/O error on dev sdb1, logical block 9, lost write");
  EXPECT_EQ(verdict_of(scene.diagnose()), "io-error possible");
  scene.kernel("2026-11-25T03:09:57Z",
               "blk_update_request: I/O error, dev sda, sector 2048 op 0x1:(WRITE)");
  EXPECT_EQ(verdict_of(scene.diagnose()), "io-error proven");
}

TEST(UnsuitableFilesystem, TakesTheErrorsOfNetworks) {
  Scene scene = write_fails("Write error while saving DB to the disk(fsync): Input/output error");
  scene.set("instance.dir.filesystem", std::string("nfs4"));
  EXPECT_EQ(verdict_of(scene.diagnose()), "unsuitable-filesystem likely");
  scene = open_fails("Stale file handle");
  EXPECT_EQ(answer_for(scene.diagnose(), "unsuitable-filesystem"),
            "ruled out: The file system is ext4, a local one.");
}

TEST(PermissionDenied, IsProvenByTheWalk) {
  Scene scene = open_fails("Permission denied");
  EXPECT_EQ(verdict_of(scene.diagnose()), "permission-denied possible");
  scene.set("instance.dir.writable", false)
      .set("instance.dir.denied_by", std::string("/var/lib is drwx------ of uid 0"));
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(verdict_of(diagnosis), "permission-denied proven");
  EXPECT_EQ(diagnosis.causes.front().evidence.back().says, "/var/lib is drwx------ of uid 0");
  EXPECT_TRUE(says(diagnosis.advice, "Do not chmod 777"));
}

TEST(MacDenied, IsProvenByADenialAndLikelyForAConfinedServer) {
  Scene scene = open_fails("Permission denied");
  scene.set("instance.mac_confined", true)
      .set("instance.mac_label", std::string("system_u:system_r:redis_t:s0"));
  EXPECT_EQ(verdict_of(scene.diagnose()), "mac-denied likely");
  scene.kernel("2026-11-25T03:09:58Z",
               "audit: type=1400 audit(1764039000.1:7): avc:  denied  { write } for  pid=4711 "
               "comm=\"redis-server\" name=\"redis\" dev=\"sda1\" ino=9 "
               "scontext=system_u:system_r:redis_t:s0 tcontext=system_u:object_r:default_t:s0 "
               "tclass=dir permissive=0");
  EXPECT_EQ(verdict_of(scene.diagnose()), "mac-denied proven");
}

TEST(ImmutableOrSticky, IsProvenByEither) {
  Scene scene = rename_fails("Operation not permitted");
  EXPECT_EQ(verdict_of(scene.diagnose()), "immutable-or-sticky possible");
  scene.set("instance.dir.sticky", true);
  EXPECT_EQ(verdict_of(scene.diagnose()), "immutable-or-sticky proven");
  scene.set("instance.dir.sticky", false).set("instance.dir.immutable", true);
  EXPECT_EQ(verdict_of(scene.diagnose()), "immutable-or-sticky proven");
}

TEST(MissingDir, IsProvenWhenItIsDeleted) {
  Scene scene = open_fails("No such file or directory");
  EXPECT_EQ(verdict_of(scene.diagnose()), "missing-dir possible");
  scene.set("instance.dir.deleted", true).set("instance.dir.exists", false);
  EXPECT_EQ(verdict_of(scene.diagnose()), "missing-dir proven");
}

TEST(TargetBusy, IsProvenByADirectoryOrAMount) {
  Scene scene = rename_fails("Is a directory");
  scene.set("instance.dir.target_type", std::string("directory"));
  EXPECT_EQ(verdict_of(scene.diagnose()), "target-busy proven");
  scene = rename_fails("Device or resource busy");
  EXPECT_EQ(verdict_of(scene.diagnose()), "target-busy possible");
  scene.set("instance.dir.target_mount", true);
  EXPECT_EQ(verdict_of(scene.diagnose()), "target-busy proven");
}

Scene hijacked_scene() {
  Scene scene = open_fails("Permission denied");
  scene.set("instance.dir.path", std::string("/var/spool/cron"))
      .set("instance.dir.writable", false)
      .set("redis.config.dbfilename", std::string("root"));
  return scene;
}

TEST(HijackedDir, IsTheOnlyCause) {
  const Diagnosis diagnosis = hijacked_scene().diagnose();
  EXPECT_EQ(verdict_of(diagnosis), "hijacked-dir proven");
  EXPECT_EQ(diagnosis.causes.size(), 1U);
  EXPECT_TRUE(says(diagnosis.advice, "SECURITY ALERT"));
  EXPECT_TRUE(says(diagnosis.advice, "every other remedy is blocked"));
  EXPECT_FALSE(says(diagnosis.advice, "chown"));
}

TEST(HijackedDir, BlocksTheRemediesOfARefusedForkToo) {
  Scene scene = hijacked_scene();
  scene.mode(2).set("host.committed_as", 100 * kGiB).log(kForkEnomem);
  EXPECT_EQ(verdict_of(scene.diagnose()), "hijacked-dir proven");
}

TEST(HijackedDir, IsNotAnyOtherDifference) {
  Scene scene = open_fails("Permission denied");
  scene.set("instance.dir.path", std::string("/data/redis")).set("instance.dir.writable", false);
  EXPECT_EQ(verdict_of(scene.diagnose()), "permission-denied proven");
  EXPECT_EQ(answer_for(scene.diagnose(), "hijacked-dir").find("ruled out: /data/redis is not"), 0U);
}

TEST(HijackedDir, IsLikelyByANameAloneAndNotWhereTheFileSaysSo) {
  Scene scene = open_fails("Permission denied");
  scene.set("redis.config.dbfilename", std::string("exp.so"));
  EXPECT_EQ(verdict_of(scene.diagnose()), "hijacked-dir likely");
  scene.set("instance.dir.configured_name", std::string("exp.so"));
  EXPECT_EQ(verdict_of(scene.diagnose()), "permission-denied possible");
}

TEST(WriteCauses, AreShownWhereNobodyToldTheStage) {
  Scene scene = writable_scene();
  scene.save_fails().set("instance.dir.filesystem_read_only", true);
  EXPECT_EQ(answer_for(scene.diagnose(), "read-only-filesystem"), "likely");
  EXPECT_EQ(answer_for(scene.diagnose(), "disk-full"), "undecided");
}

TEST(WriteCauses, OfAnotherHostAreNotWeighed) {
  Scene scene = hijacked_scene();
  scene.set("instance.local", false);
  EXPECT_TRUE(scene.diagnose().causes.empty());
}

}  // namespace
}  // namespace forkmend::diagnosis
