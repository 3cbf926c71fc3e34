// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/memory_cut.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "agent/redis/process_tree.hpp"
#include "engine/recorded_changes.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using testing::await;
using testing::Files;
using ::testing::HasSubstr;
using testing::HostTree;

const std::string kCgroup = "/sys/fs/cgroup/system.slice/redis.service";
const std::string kLimit = kCgroup + "/memory.max";

/// Limit 8000000, of which so much is in use: 1000000 of clean and as much of dirty file pages.
HostTree using_bytes(const std::string& current) {
  return HostTree(
      Files{{kLimit, "8000000\n"},
            {kCgroup + "/memory.current", current + "\n"},
            {kCgroup + "/memory.stat",
             "anon 1\ninactive_file 1500000\nactive_file 500000\nfile_dirty 900000\nfile_writeback "
             "100000\nslab_reclaimable 400000\n"},
            {"/sys/fs/cgroup/cgroup.controllers", "memory pids\n"},
            {"/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"}});
}

TEST(MemoryCut, IsRefusedBelowWhatCannotBeReclaimed) {
  const auto refused = check_memory_cut(using_bytes("5000000").root(), kLimit, "4100000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_THAT(refused.error().message, HasSubstr("that cannot be reclaimed"));
  EXPECT_TRUE(check_memory_cut(using_bytes("5000000").root(), kLimit, "4300000"));
}

TEST(MemoryCut, RaisingIsNone) {
  const HostTree tree = using_bytes("7900000");
  EXPECT_TRUE(check_memory_cut(tree.root(), kLimit, "8000000"));
  EXPECT_TRUE(check_memory_cut(tree.root(), kLimit, "9000000"));
  EXPECT_TRUE(check_memory_cut(tree.root(), kLimit, "max"));
  EXPECT_TRUE(check_memory_cut(tree.root(), kCgroup + "/memory.high", "1"));
}

TEST(MemoryCut, IsRefusedWhereUseIsUnknown) {
  const HostTree tree(Files{{kLimit, "max\n"}, {"/proc/loadavg", ""}});
  EXPECT_EQ(check_memory_cut(tree.root(), kLimit, "1").error().code, Errc::not_found);
}

TEST(MemoryCut, WaitsForASaveInTheCgroup) {
  HostTree tree = using_bytes("3000000");
  redis::testing::FakeProcess child;
  child.pid = 900;
  child.cmdline = "redis-rdb-bgsave 127.0.0.1:6379";
  redis::testing::add_process(tree, child);
  tree.write("/proc/900/cgroup", "0::/system.slice/other.service\n");
  EXPECT_TRUE(check_memory_cut(tree.root(), kLimit, "7000000"));
  tree.write("/proc/900/cgroup", "0::/system.slice/redis.service\n");
  const auto refused = check_memory_cut(tree.root(), kLimit, "7000000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_THAT(refused.error().message, HasSubstr("redis-rdb-bgsave (pid 900) is saving in"));
}

TEST(MemoryCut, RefusedAsAnUndoIsRecordedAndCanBeDoneLater) {
  HostTree tree = using_bytes("100");
  const testing::TempDir state;
  const auto journal = testing::journal_with_incident(state.path());
  auto actuator = testing::actuator_on(tree.root());
  const auto step = testing::step(StepType::cgroup_file, kLimit, "8000000", "9000000");
  auto applied = await(apply_step(journal.get(), &actuator, testing::change_of(step)));
  ASSERT_EQ(applied->state, ChangeState::applied) << applied->comment;
  tree.write(kCgroup + "/memory.current", "8900000\n");
  const auto refused = await(undo_step(journal.get(), &actuator, *applied));
  EXPECT_EQ(refused.result, ChangeState::undo_failed);
  EXPECT_THAT(refused.says, HasSubstr("would make the kernel kill in it"));
  EXPECT_EQ(tree.read(kLimit), "9000000\n");
  tree.write(kCgroup + "/memory.current", "5000000\n");
  EXPECT_EQ(await(undo_step(journal.get(), &actuator, refused.change)).result, ChangeState::undone);
  EXPECT_EQ(tree.read(kLimit), "8000000\n");
}

}  // namespace
}  // namespace forkmend::engine
