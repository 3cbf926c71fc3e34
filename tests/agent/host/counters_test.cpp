// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/counters.hpp"

#include <gtest/gtest.h>

#include "base/units.hpp"
#include "host/sysctl.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::HostTree;

TEST(Counters, ReadMeminfoInBytes) {
  const auto memory = parse_meminfo(
      "MemTotal:       24684084 kB\nHugePages_Total:       3\nHugepagesize:       2048 kB\n"
      "Active(anon):       1572 kB\nbroken line\n");
  EXPECT_EQ(find(memory, "MemTotal"), 24684084LL * 1024);
  EXPECT_EQ(find(memory, "HugePages_Total"), 3);
  EXPECT_EQ(find(memory, "Active(anon)"), 1572 * 1024);
  EXPECT_EQ(find(memory, "SwapTotal"), std::nullopt);
}

TEST(Counters, LeaveOutWhatIsNoNumber) {
  const auto memory = parse_meminfo("MemTotal: many kB\nMemFree: 12 MB\nCached:\nX: -5 kB\n");
  EXPECT_TRUE(memory.empty());
}

TEST(Counters, ReadMaxAsUnlimited) {
  const auto events = parse_counters("low 0\nmax 12\noom_kill 1\nlimit max\n");
  EXPECT_EQ(find(events, "max"), 12);
  EXPECT_EQ(find(events, "oom_kill"), 1);
  EXPECT_EQ(find(events, "limit"), kUnlimited);
}

TEST(Counters, KnowVersionOnesSpellingOfNoLimit) {
  const HostTree tree{{{"/limit", "9223372036854771712\n"}, {"/64k", "9223372036854710272\n"}}};
  EXPECT_EQ(*read_number(tree.root(), "/limit"), kUnlimited);
  EXPECT_EQ(*read_number(tree.root(), "/64k"), kUnlimited);
}

TEST(Counters, SayWhatIsNoNumber) {
  const HostTree tree{{{"/pids.max", "lots\n"}, {"/empty", "\n"}}};
  const auto words = read_number(tree.root(), "/pids.max");
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().code, Errc::parse);
  EXPECT_EQ(words.error().message, "reading /pids.max: expected a number, found \"lots\"");
  EXPECT_EQ(read_number(tree.root(), "/empty").error().code, Errc::parse);
}

TEST(Sysctl, FindsTheFileOfAKey) {
  EXPECT_EQ(sysctl_path("vm.overcommit_memory"), "/proc/sys/vm/overcommit_memory");
  EXPECT_EQ(sysctl_path("vm/overcommit_memory"), "/proc/sys/vm/overcommit_memory");
  EXPECT_EQ(sysctl_path("net.ipv4.conf.eth0/5.forwarding"),
            "/proc/sys/net/ipv4/conf/eth0.5/forwarding");
  EXPECT_EQ(sysctl_path("net/ipv4/conf/eth0.5/forwarding"),
            "/proc/sys/net/ipv4/conf/eth0.5/forwarding");
}

TEST(Sysctl, ReadsTheRunningValue) {
  const HostTree tree{{{"/proc/sys/vm/overcommit_memory", "2\n"}}};
  EXPECT_EQ(*read_sysctl(tree.root(), "vm.overcommit_memory"), "2");
  EXPECT_EQ(*read_sysctl_integer(tree.root(), "vm.overcommit_memory"), 2);
  EXPECT_EQ(read_sysctl(tree.root(), "vm.nothing").error().code, Errc::not_found);
}

}  // namespace
}  // namespace forkmend::host
