// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/memory_cut.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "agent/redis/process_tree.hpp"
#include "engine/recorded_changes.hpp"
#include "engine/unit_memory_cut.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using testing::await;
using testing::Files;
using ::testing::HasSubstr;
using testing::HostTree;

const std::string redis_cgroup = "/sys/fs/cgroup/system.slice/redis.service";
const std::string limit_file = redis_cgroup + "/memory.max";

/// Limit 8000000, of which so much is in use: 1000000 of clean and as much of dirty file pages.
Files files_using(const std::string& current) {
  return {{limit_file, "8000000\n"},
          {redis_cgroup + "/memory.current", current + "\n"},
          {redis_cgroup + "/memory.stat",
           "anon 1\ninactive_file 1500000\nactive_file 500000\nfile_dirty 900000\nfile_writeback "
           "100000\nslab_reclaimable 400000\n"},
          {"/sys/fs/cgroup/cgroup.controllers", "memory pids\n"},
          {"/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"}};
}

HostTree using_bytes(const std::string& current) {
  return HostTree(files_using(current));
}

TEST(MemoryCut, IsRefusedBelowWhatCannotBeReclaimed) {
  const auto refused = check_memory_cut(using_bytes("5000000").root(), limit_file, "4100000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_THAT(refused.error().message, HasSubstr("that cannot be reclaimed"));
  EXPECT_TRUE(check_memory_cut(using_bytes("5000000").root(), limit_file, "4300000"));
}

TEST(MemoryCut, RaisingIsNone) {
  const HostTree tree = using_bytes("7900000");
  EXPECT_TRUE(check_memory_cut(tree.root(), limit_file, "8000000"));
  EXPECT_TRUE(check_memory_cut(tree.root(), limit_file, "9000000"));
  EXPECT_TRUE(check_memory_cut(tree.root(), limit_file, "max"));
  EXPECT_TRUE(check_memory_cut(tree.root(), redis_cgroup + "/memory.high", "1"));
}

TEST(MemoryCut, IsRefusedWhereUseIsUnknown) {
  const HostTree tree(Files{{limit_file, "max\n"}, {"/proc/loadavg", ""}});
  EXPECT_EQ(check_memory_cut(tree.root(), limit_file, "1").error().code, Errc::not_found);
}

TEST(MemoryCut, WaitsForASaveInTheCgroup) {
  HostTree tree = using_bytes("3000000");
  redis::testing::FakeProcess child;
  child.pid = 900;
  child.cmdline = "redis-rdb-bgsave 127.0.0.1:6379";
  redis::testing::add_process(tree, child);
  tree.write("/proc/900/cgroup", "0::/system.slice/other.service\n");
  EXPECT_TRUE(check_memory_cut(tree.root(), limit_file, "7000000"));
  tree.write("/proc/900/cgroup", "0::/system.slice/redis.service\n");
  const auto refused = check_memory_cut(tree.root(), limit_file, "7000000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_THAT(refused.error().message, HasSubstr("redis-rdb-bgsave (pid 900) is saving in"));
}

/// Its drop-in of ours says 8 GB, the package's file what is given.
HostTree unit_using(const std::string& current, const std::string& of_the_package) {
  Files files = files_using(current);
  files["/usr/lib/systemd/system/redis.service"] = "[Service]\n" + of_the_package;
  files["/etc/systemd/system/redis.service.d/50-forkmend.conf"] = "[Service]\nMemoryMax=8000000\n";
  return HostTree(files);
}

TEST(UnitMemoryCut, ADropInIsNotTakenAwayFromAUnitThatUsesMore) {
  const std::string ours = "/etc/systemd/system/redis.service.d/50-forkmend.conf";
  const auto lower = "MemoryMax=4000K\n";
  const auto refused = check_unit_memory_cut(unit_using("6000000", lower).root(), ours, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_THAT(refused.error().message, HasSubstr("that cannot be reclaimed"));
  EXPECT_TRUE(check_unit_memory_cut(unit_using("3000000", lower).root(), ours, {}));
  EXPECT_TRUE(check_unit_memory_cut(unit_using("6000000", "").root(), ours, {})) << "no limit then";
  EXPECT_TRUE(check_unit_memory_cut(unit_using("6000000", lower).root(), ours,
                                    "[Service]\nMemoryMax=9000000\n"));
  const auto share = check_unit_memory_cut(unit_using("1", "MemoryMax=10%\n").root(), ours, {});
  ASSERT_FALSE(share);
  EXPECT_THAT(share.error().message, HasSubstr("cannot be told"));
}

TEST(UnitMemoryCut, OtherFilesPass) {
  const HostTree tree = unit_using("6000000", "MemoryMax=1M\n");
  EXPECT_TRUE(check_unit_memory_cut(tree.root(), "/etc/sysctl.d/99-zz-forkmend.conf", {}));
  EXPECT_TRUE(check_unit_memory_cut(tree.root(),
                                    "/etc/systemd/system/other.service.d/50-forkmend.conf", {}));
}

TEST(MemoryCut, RefusedAsAnUndoIsRecordedAndCanBeDoneLater) {
  HostTree tree = using_bytes("100");
  const testing::TempDir state;
  const auto journal = testing::journal_with_incident(state.path());
  auto actuator = testing::actuator_on(tree.root());
  const auto step = testing::step(StepType::cgroup_file, limit_file, "8000000", "9000000");
  auto applied = await(apply_step(journal.get(), &actuator, testing::change_of(step)));
  ASSERT_EQ(applied->state, ChangeState::applied) << applied->comment;
  tree.write(redis_cgroup + "/memory.current", "8900000\n");
  const auto refused = await(undo_step(journal.get(), &actuator, *applied));
  EXPECT_EQ(refused.result, ChangeState::undo_failed);
  EXPECT_THAT(refused.says, HasSubstr("would make the kernel kill in it"));
  EXPECT_EQ(tree.read(limit_file), "9000000\n");
  tree.write(redis_cgroup + "/memory.current", "5000000\n");
  EXPECT_EQ(await(undo_step(journal.get(), &actuator, refused.change)).result, ChangeState::undone);
  EXPECT_EQ(tree.read(limit_file), "8000000\n");
}

}  // namespace
}  // namespace forkmend::engine
