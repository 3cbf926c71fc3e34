// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What is asked of the directory of saves: file system, access, temporary files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

#include "host/access_walk.hpp"
#include "host/filesystem.hpp"
#include "host/kernel_event.hpp"
#include "host/recording.hpp"
#include "host/root.hpp"
#include "host/temp_files.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::HostTree;

constexpr const char* kStatvfs =
    "[\"/var/lib/redis\"]\nblock_size = 4096\nblocks = 100\nbavail = 10\nfiles = 50\nfavail = 5\n"
    "type = \"ext4\"\noptions = \"ro,noatime\"\n";

TEST(CapturedFilesystem, IsReadFromItsTable) {
  const Root root("/nowhere", CapturedTables{.statvfs = kStatvfs, .access = {}});
  const auto status = root.filesystem("/var/lib/redis");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->total_bytes(), 409'600);
  EXPECT_EQ(status->available_bytes(), 40'960);
  EXPECT_EQ(status->available_files, 5);
  EXPECT_EQ(status->type, "ext4");
  EXPECT_TRUE(status->read_only);
  EXPECT_EQ(root.filesystem("/var/lib").error().code, Errc::not_found);
  EXPECT_EQ(Root("/nowhere").filesystem("/").error().code, Errc::not_found);
}

TEST(CapturedFilesystem, TakesNoNonsense) {
  for (const auto* text :
       {"[\"/d\"]\nblocks = 1\n", "[\"/d\"]\nblock_size = -1\n", "[#", "\"/d\" = 1"}) {
    EXPECT_FALSE(captured_filesystem(text, "/d")) << text;
  }
  const auto huge = captured_filesystem(
      "[\"/d\"]\nblock_size = 9223372036854775807\nblocks = 9\nbavail = 9\nfiles = 0\nfavail = 0\n",
      "/d");
  ASSERT_TRUE(huge);
  EXPECT_EQ(huge->total_bytes(), INT64_MAX);
}

TEST(CapturedAttributes, AreReadFromTheirTable) {
  const Root root("/nowhere", CapturedTables{.statvfs = {},
                                             .access = "[\"/data\"]\nuid = 999\ngid = 998\n"
                                                       "mode = 0o750\nimmutable = true\n"});
  const auto file = root.attributes("/data");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->uid, 999U);
  EXPECT_EQ(file->mode, 0750U);
  EXPECT_EQ(file->immutable, true);
  EXPECT_EQ(file->acl, std::nullopt);
}

TEST(CapturedTables, GiveBackWhatARecordedRootWasAnswered) {
  const auto recording = std::make_shared<Recording>();
  const Root live = Root().recorded_by(recording);
  const auto status = live.filesystem("/proc");
  const auto attributes = live.attributes("/proc");
  const auto missing = live.attributes("/nowhere/at all");
  static_cast<void>(live.filesystem("/nowhere"));
  static_cast<void>(live.attributes("/nowhere\n"));

  const Root captured("/nowhere", CapturedTables{to_statvfs_toml(recording->filesystems()),
                                                 to_access_toml(recording->all_attributes())});
  ASSERT_TRUE(status);
  EXPECT_EQ(captured.filesystem("/proc").value(), *status);
  ASSERT_TRUE(attributes);
  EXPECT_EQ(captured.attributes("/proc").value(), *attributes);
  EXPECT_EQ(captured.attributes("/nowhere/at all").error().message, missing.error().message);
  EXPECT_EQ(captured.filesystem("/nowhere").error().sys_errno, ENOENT);
  EXPECT_EQ(captured.attributes("/nowhere\n").error().sys_errno, 0) << "a name to be wary of";
}

PathComponent component(const std::string& path, std::uint32_t uid, std::uint32_t gid,
                        std::uint32_t mode) {
  return {path, FileAttributes{.uid = uid, .gid = gid, .mode = mode}};
}

const FileRights server_rights{.uid = 999, .gid = 998, .groups = {44}};

TEST(AccessWalk, NamesTheComponentThatDenies) {
  const PathComponent top = component("/", 0, 0, 0755);
  EXPECT_EQ(walk_for_writing({top, component("/d", 999, 998, 0700)}, server_rights).access,
            Access::allowed);
  const auto denied = walk_for_writing(
      {top, component("/srv", 0, 0, 0700), component("/srv/d", 999, 998, 0700)}, server_rights);
  EXPECT_EQ(denied.access, Access::denied);
  EXPECT_EQ(denied.component, "/srv");
  EXPECT_EQ(denied.says,
            "/srv is drwx------ of uid 0 and gid 0: uid 999 with gid 998 may not pass through it.");
}

TEST(AccessWalk, TakesTheFirstClassThatFits) {
  // The owner's bits count for the owner, although the group could write.
  EXPECT_EQ(walk_for_writing({component("/d", 999, 998, 0570)}, server_rights).access,
            Access::denied);
  EXPECT_EQ(walk_for_writing({component("/d", 0, 44, 0770)}, server_rights).access,
            Access::allowed);
  EXPECT_EQ(walk_for_writing({component("/d", 0, 44, 0707)}, server_rights).access, Access::denied);
}

TEST(AccessWalk, HeedsCapabilities) {
  FileRights root{.uid = 0, .gid = 0, .dac_override = true};
  EXPECT_EQ(walk_for_writing({component("/d", 999, 998, 0500)}, root).access, Access::allowed);
  root.initial_user_namespace = false;
  EXPECT_EQ(walk_for_writing({component("/d", 999, 998, 0500)}, root).access, Access::unknown);
  root.dac_override = false;
  EXPECT_EQ(walk_for_writing({component("/d", 999, 998, 0500)}, root).access, Access::denied);
}

TEST(AccessWalk, DoesNotGuessOverAnAccessList) {
  PathComponent listed = component("/d", 0, 0, 0770);
  listed.attributes.acl = true;
  EXPECT_EQ(walk_for_writing({listed}, server_rights).access, Access::unknown);
  listed.attributes.writable = false;
  EXPECT_EQ(walk_for_writing({listed}, server_rights).access, Access::denied);
}

TEST(AccessWalk, KnowsStickyDirectories) {
  const FileAttributes directory{.uid = 0, .gid = 0, .mode = 01777};
  const FileAttributes foreign{.uid = 7, .gid = 7, .mode = 0644};
  const FileAttributes own{.uid = 999, .gid = 7, .mode = 0644};
  EXPECT_TRUE(sticky_forbids(directory, foreign, server_rights));
  EXPECT_FALSE(sticky_forbids(directory, own, server_rights));
  EXPECT_FALSE(sticky_forbids({.uid = 0, .gid = 0, .mode = 0777}, foreign, server_rights));
  EXPECT_FALSE(sticky_forbids(directory, foreign, {.uid = 0, .gid = 0, .fowner = true}));
}

TEST(TempFiles, AreKnownByName) {
  EXPECT_EQ(temp_file_pid("temp-812.rdb"), 812);
  EXPECT_EQ(temp_file_pid("temp-1764039000.812.rdb"), 812);
  EXPECT_EQ(temp_file_pid("temp-rewriteaof-812.aof"), 812);
  EXPECT_EQ(temp_file_pid("temp-rewriteaof-bg-812.aof"), 812);
  for (const auto* other : {"dump.rdb", "temp-.rdb", "temp-x.rdb", "temp-812.rdb.bak",
                            "temp-appendonly.aof.manifest", "temp--1.rdb", "temp-x.812.rdb"}) {
    EXPECT_EQ(temp_file_pid(other), std::nullopt) << other;
  }
}

TEST(TempFiles, AreStaleWhenNobodyCanWriteThem) {
  const std::string stat = " (redis-server) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 5 0 5000 0 0 0\n";
  const HostTree tree{{
      {"/proc/self/ns/pid", "-> pid:[4026531836]"},
      {"/proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime - proc proc rw\n"},
      {"/proc/812/stat", "812" + stat},
      {"/proc/812/status", "Pid:\t812\nPPid:\t1\nUid:\t9\t9\t9\t9\nNSpid:\t812\t7\n"},
      {"/proc/812/fd/9", "-> /data/temp-55.rdb"},
      {"/data/temp-812.rdb", "alive"},
      {"/data/temp-7.rdb", "alive inside its namespace"},
      {"/data/temp-55.rdb", "held open"},
      {"/data/temp-66.rdb", "0123456789"},
      {"/data/dump.rdb", "x"},
  }};
  const auto stale = find_stale_temp_files(tree.root(), "/data");
  ASSERT_TRUE(stale) << stale.error().message;
  EXPECT_THAT(stale->names, ElementsAre("temp-66.rdb"));
  EXPECT_EQ(stale->bytes, 10);
}

template <class Event>
Event event_of(std::string_view line) {
  const auto event = parse_kernel_event(line);
  if (!event || !std::holds_alternative<Event>(*event)) return Event{};
  return std::get<Event>(*event);
}

TEST(StorageEvents, NameTheDevice) {
  EXPECT_EQ(
      event_of<IoError>("Buffer I/O error on dev dm-0, logical block 9, lost async page write")
          .device,
      "dm-0");
  EXPECT_EQ(event_of<IoError>("blk_update_request: I/O error, dev sda, sector 2048 op 0x1:(WRITE)")
                .device,
            "sda");
  EXPECT_EQ(event_of<IoError>("EXT4-fs warning (device loop0): ext4_end_bio:343: I/O error 10 "
                              "writing to inode 12")
                .device,
            "loop0");
  EXPECT_EQ(event_of<RemountReadOnly>("EXT4-fs (sda1): Remounting filesystem read-only").device,
            "sda1");
  EXPECT_EQ(event_of<RemountReadOnly>("Aborting journal on device dm-0-8.").device, "dm-0");
  EXPECT_EQ(parse_kernel_event("EXT4-fs (sda1): mounted filesystem with ordered data mode"),
            std::nullopt);
}

TEST(StorageEvents, TellADenial) {
  const auto denied = event_of<AvcDenied>(
      "audit: type=1400 audit(1.2:3): apparmor=\"DENIED\" operation=\"mknod\" "
      "profile=\"/usr/bin/redis-server\" name=\"/data/temp-9.rdb\" pid=4711 "
      "comm=\"redis-server\" requested_mask=\"c\"");
  EXPECT_EQ(denied.pid, 4711);
  EXPECT_EQ(denied.comm, "redis-server");
  EXPECT_TRUE(denied.apparmor);
  EXPECT_EQ(parse_kernel_event("avc:  denied  { write } for  pid=1 comm=\"x\" permissive=1"),
            std::nullopt);
}

}  // namespace
}  // namespace forkmend::host
