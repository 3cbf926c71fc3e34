// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/sysctl_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using Files = std::map<std::string, std::string>;
using testing::HostTree;

constexpr std::string_view kKey = "vm.overcommit_memory";

SysctlOrder order_of(const Files& files) {
  return sysctl_order(HostTree(files).root(), kKey);
}

TEST(SysctlOrder, LetsTheLastNameWinAcrossDirectories) {
  const auto order =
      order_of({{"/etc/sysctl.d/10-a.conf", "vm.overcommit_memory = 1\n"},
                {"/usr/lib/sysctl.d/50-b.conf", "# redis\n\nvm.overcommit_memory=2\n"},
                {"/run/sysctl.d/40-c.conf", "vm.overcommit_memory=0\n"}});
  EXPECT_THAT(order.assignments, SizeIs(3));
  EXPECT_EQ(order.winner, (SysctlAssignment{"/usr/lib/sysctl.d/50-b.conf", 3, "2", false}));
}

TEST(SysctlOrder, LetsEtcReplaceAFileOfTheSameName) {
  const auto order = order_of({{"/usr/lib/sysctl.d/50-redis.conf", "vm.overcommit_memory=2\n"},
                               {"/etc/sysctl.d/50-redis.conf", "vm.swappiness=1\n"}});
  EXPECT_THAT(order.assignments, IsEmpty());
  EXPECT_EQ(order.winner, std::nullopt);
}

TEST(SysctlOrder, KnowsAMask) {
  const auto order = order_of({{"/usr/lib/sysctl.d/50-redis.conf", "vm.overcommit_memory=2\n"},
                               {"/etc/sysctl.d/50-redis.conf", "-> /dev/null"}});
  EXPECT_EQ(order.winner, std::nullopt);
  EXPECT_THAT(order.problems, IsEmpty());
}

TEST(SysctlOrder, ReadsSysctlConfOnlyThroughALink) {
  const auto linked = order_of({{"/etc/sysctl.conf", "vm.overcommit_memory=1\n"},
                                {"/etc/sysctl.d/99-sysctl.conf", "-> ../sysctl.conf"}});
  EXPECT_EQ(linked.winner, (SysctlAssignment{"/etc/sysctl.d/99-sysctl.conf", 1, "1", false}));
  EXPECT_THAT(linked.ignored, IsEmpty());
  const auto alone = order_of({{"/etc/sysctl.conf", "vm.overcommit_memory=1\n"}});
  EXPECT_EQ(alone.winner, std::nullopt);
  ASSERT_THAT(alone.ignored, SizeIs(1));
  EXPECT_EQ(alone.ignored[0].file, "/etc/sysctl.conf");
}

TEST(SysctlOrder, FollowsAnAbsoluteLinkToSysctlConf) {
  const auto order = order_of({{"/etc/sysctl.conf", "vm.overcommit_memory=1\n"},
                               {"/etc/sysctl.d/99-sysctl.conf", "-> /etc/sysctl.conf"}});
  EXPECT_TRUE(order.winner);
  EXPECT_THAT(order.ignored, IsEmpty());
}

TEST(SysctlOrder, KnowsEverySpellingOfTheKey) {
  const auto order = order_of({{"/etc/sysctl.d/a.conf",
                                "vm/overcommit_memory = 1\n-vm.overcommit_memory=2\n"
                                "; vm.overcommit_memory=0\nvm.overcommit_memory_x=5\n"}});
  ASSERT_THAT(order.assignments, SizeIs(2));
  EXPECT_EQ(order.winner, (SysctlAssignment{"/etc/sysctl.d/a.conf", 2, "2", true}));
}

TEST(SysctlOrder, PrefersANameToAPattern) {
  const auto order = order_of({{"/etc/sysctl.d/a.conf", "vm.overcommit_memory=1\n"},
                               {"/etc/sysctl.d/b.conf", "vm.overcommit_*=0\n"}});
  EXPECT_EQ(order.winner->value, "1");
  const auto pattern = order_of({{"/etc/sysctl.d/b.conf", "vm.overcommit_*=0\n"}});
  EXPECT_EQ(pattern.winner->value, "0");
  const auto excluded =
      order_of({{"/etc/sysctl.d/b.conf", "vm.overcommit_*=0\n-vm.overcommit_memory\n"}});
  EXPECT_EQ(excluded.winner, std::nullopt);
}

TEST(SysctlOrder, SaysWhatItCouldNotRead) {
  const auto order = order_of({{"/etc/sysctl.d/broken.conf", "-> missing"}});
  EXPECT_THAT(order.problems, SizeIs(1));
}

TEST(SysctlOrder, IgnoresOtherFiles) {
  EXPECT_EQ(order_of({{"/etc/sysctl.d/README", "vm.overcommit_memory=1\n"}}).winner, std::nullopt);
}

}  // namespace
}  // namespace forkmend::host
