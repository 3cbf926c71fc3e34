// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/cgroup_levels.hpp"

#include <gtest/gtest.h>

#include "base/units.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::HostTree;
using testing::sample_host;

TEST(PidsLevels, AreReadFromTheOwnCgroupUpwards) {
  const HostTree tree(sample_host());
  const auto place = find_cgroup(tree.root(), 812, "pids");
  ASSERT_TRUE(place);
  const auto levels = read_pids_levels(tree.root(), *place);
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(*levels[0].current, 5);
  EXPECT_EQ(*levels[0].max, 100);
  EXPECT_EQ(*levels[0].events_max, 7);
  EXPECT_EQ(levels[1].path, "/sys/fs/cgroup/system.slice");
  EXPECT_EQ(*levels[1].max, kUnlimited);
}

TEST(PidsLevels, SayWhatTheKernelDoesNotHave) {
  const HostTree tree{{{"/cg/a/pids.current", "5\n"}, {"/cg/a/pids.max", "max\n"}}};
  const auto levels = read_pids_levels(tree.root(), {CgroupVersion::v1, "/a", {"/cg/a"}});
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_EQ(levels[0].events_max.error().code, Errc::not_found);
}

TEST(MemoryLevels, AreReadInVersionTwo) {
  const HostTree tree(sample_host());
  const auto place = find_cgroup(tree.root(), 812, "memory");
  ASSERT_TRUE(place);
  const auto levels = read_memory_levels(tree.root(), *place);
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(*levels[0].current, 4200000000);
  EXPECT_EQ(*levels[0].max, 8589934592);
  EXPECT_EQ(*levels[0].high, kUnlimited);
  EXPECT_EQ(*levels[0].oom, 2);
  EXPECT_EQ(*levels[0].oom_kill, 1);
  EXPECT_EQ(*levels[0].reclaimable, 1230);
  EXPECT_EQ(*levels[0].swap_max, 0);
  EXPECT_EQ(*levels[0].swap_current, 0);
  EXPECT_EQ(*levels[0].oom_group, true);
  for (const auto* one : {&levels[0].failcnt, &levels[0].kmem_limit, &levels[0].kmem_current}) {
    EXPECT_EQ(one->error().code, Errc::unsupported);
  }
  EXPECT_EQ(levels[0].oom_kill_disabled.error().code, Errc::unsupported);
  // Swap accounting can be built out.
  EXPECT_EQ(levels[1].swap_max.error().code, Errc::not_found);
}

TEST(MemoryLevels, AreReadInVersionOne) {
  const HostTree tree{
      {{"/cg/a/memory.usage_in_bytes", "1000\n"},
       {"/cg/a/memory.limit_in_bytes", "9223372036854771712\n"},
       {"/cg/a/memory.failcnt", "7\n"},
       {"/cg/a/memory.kmem.limit_in_bytes", "4096\n"},
       {"/cg/a/memory.kmem.usage_in_bytes", "2048\n"},
       {"/cg/a/memory.kmem.failcnt", "3\n"},
       {"/cg/a/memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 4\n"},
       {"/cg/a/memory.stat",
        "inactive_file 1\nactive_file 2\ntotal_inactive_file 100\n"
        "total_active_file 20\n"}}};
  const auto levels = read_memory_levels(tree.root(), {CgroupVersion::v1, "/a", {"/cg/a"}});
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_EQ(*levels[0].current, 1000);
  EXPECT_EQ(*levels[0].max, kUnlimited);
  EXPECT_EQ(levels[0].high.error().code, Errc::unsupported);
  EXPECT_EQ(levels[0].oom.error().code, Errc::unsupported);
  EXPECT_EQ(*levels[0].oom_kill, 4);
  EXPECT_EQ(*levels[0].reclaimable, 120);
  EXPECT_EQ(*levels[0].oom_kill_disabled, true);
  EXPECT_EQ(*levels[0].failcnt, 7);
  EXPECT_EQ(*levels[0].kmem_limit, 4096);
  EXPECT_EQ(*levels[0].kmem_current, 2048);
  EXPECT_EQ(*levels[0].kmem_failcnt, 3);
  EXPECT_EQ(levels[0].swap_max.error().code, Errc::unsupported);
  EXPECT_EQ(levels[0].oom_group.error().code, Errc::unsupported);
}

TEST(MemoryLevels, KnowThatRhelSevenCountsNoKills) {
  const HostTree tree{{{"/cg/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n"}}};
  const auto levels = read_memory_levels(tree.root(), {CgroupVersion::v1, "/a", {"/cg/a"}});
  EXPECT_EQ(levels.at(0).oom_kill.error().code, Errc::not_found);
}

TEST(MemoryLevels, EndWhereTheParentDoesNotAccount) {
  const HostTree tree{
      {{"/cg/a/b/memory.use_hierarchy", "0\n"}, {"/cg/a/memory.use_hierarchy", "0\n"}}};
  const CgroupPlace place{CgroupVersion::v1, "/a/b", {"/cg/a/b", "/cg/a"}};
  EXPECT_EQ(read_memory_levels(tree.root(), place).size(), 1U);
}

}  // namespace
}  // namespace forkmend::host
