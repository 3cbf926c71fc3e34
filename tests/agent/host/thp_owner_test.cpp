// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/thp_owner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/tuned.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::HostTree;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(ThpOwner, FindsTheKernelCommandLine) {
  const HostTree tree{{{"/proc/cmdline", "ro quiet transparent_hugepage=never\n"}}};
  EXPECT_THAT(thp_owners(tree.root()),
              ElementsAre(ThpOwner{ThpOwnerKind::kernel_command_line, "/proc/cmdline", "never",
                                   "transparent_hugepage=never"}));
}

TEST(ThpOwner, FindsTmpfilesLinesOfTheGlobalKnob) {
  const HostTree tree{{{"/etc/tmpfiles.d/thp.conf",
                        "# w /sys/kernel/mm/transparent_hugepage/enabled - - - - always\n"
                        "w /sys/kernel/mm/transparent_hugepage/enabled - - - - never\n"
                        "w /sys/kernel/mm/transparent_hugepage/defrag - - - - never\n"
                        "d /run/redis 0755 redis redis -\n"}}};
  const auto owners = thp_owners(tree.root());
  ASSERT_THAT(owners, SizeIs(1));
  EXPECT_EQ(owners[0].kind, ThpOwnerKind::tmpfiles);
  EXPECT_EQ(owners[0].value, "never");
}

TEST(ThpOwner, FindsUnitsThatPeopleWrite) {
  const HostTree tree{
      {{"/etc/systemd/system/disable-thp.service",
        "[Service]\nType=oneshot\n"
        "ExecStart=/bin/sh -c 'echo never > /sys/kernel/mm/transparent_hugepage/enabled'\n"}}};
  const auto owners = thp_owners(tree.root());
  ASSERT_THAT(owners, SizeIs(1));
  EXPECT_EQ(owners[0].kind, ThpOwnerKind::unit);
  EXPECT_EQ(owners[0].file, "/etc/systemd/system/disable-thp.service");
  EXPECT_EQ(owners[0].value, "");
}

TEST(ThpOwner, FindsTheActiveTunedProfile) {
  const HostTree tree{{{"/etc/tuned/active_profile", "network-latency\n"},
                       {"/usr/lib/tuned/network-latency/tuned.conf",
                        "[main]\nsummary=x\n[vm]\ntransparent_hugepages=never\n"}}};
  EXPECT_THAT(thp_owners(tree.root()),
              ElementsAre(ThpOwner{ThpOwnerKind::tuned, "/usr/lib/tuned/network-latency/tuned.conf",
                                   "never", "transparent_hugepages=never"}));
}

TEST(ThpOwner, FindsNobody) {
  EXPECT_THAT(thp_owners(HostTree{{{"/proc/cmdline", "ro\n"}}}.root()), IsEmpty());
}

TEST(Tuned, FollowsIncludedProfiles) {
  const HostTree tree{
      {{"/etc/tuned/active_profile", "mine\n"},
       {"/etc/tuned/mine/tuned.conf", "[main]\ninclude=base\n[vm]\nx=1\n"},
       {"/usr/lib/tuned/profiles/base/tuned.conf", "[sysctl]\n# old\nvm.overcommit_memory = 2\n"}}};
  EXPECT_EQ(tuned_setting(tree.root(), "sysctl", "vm.overcommit_memory"),
            (TunedSetting{"base", "/usr/lib/tuned/profiles/base/tuned.conf", 3, "2"}));
  EXPECT_EQ(tuned_setting(tree.root(), "vm", "vm.overcommit_memory"), std::nullopt);
}

TEST(Tuned, SurvivesAProfileThatIncludesItself) {
  const HostTree tree{{{"/etc/tuned/active_profile", "loop\n"},
                       {"/etc/tuned/loop/tuned.conf", "[main]\ninclude=loop,../../etc\n"}}};
  EXPECT_EQ(tuned_setting(tree.root(), "vm", "x"), std::nullopt);
}

TEST(Tuned, IsNotInUseWithoutAnActiveProfile) {
  EXPECT_THAT(tuned_profiles(HostTree{{{"/x", "x"}}}.root()), IsEmpty());
}

}  // namespace
}  // namespace forkmend::host
