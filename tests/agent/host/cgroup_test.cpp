// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/cgroup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::HostTree;
using ::testing::IsEmpty;

constexpr const char* kUnified =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

/// Where the pids controller accounts for a process with these lines of cgroup and mountinfo.
Result<CgroupPlace> place(const std::string& cgroup, const std::string& mounts,
                          const HostTree& tree, std::string_view controller = "pids") {
  return place_of(tree.root(), parse_cgroup(cgroup), parse_mountinfo(mounts), controller);
}

TEST(Cgroup, ReadsMembershipsWithColonsInTheirPath) {
  const auto all = parse_cgroup("12:cpu,cpuacct:/a:b\n1:name=systemd:/x\n0::/y\nbroken\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_THAT(all[0].controllers, ElementsAre("cpu", "cpuacct"));
  EXPECT_EQ(all[0].path, "/a:b");
  EXPECT_THAT(all[1].controllers, ElementsAre("name=systemd"));
  EXPECT_THAT(all[2].controllers, IsEmpty());
}

TEST(Cgroup, FindsVersionTwo) {
  const HostTree tree{{{"/sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n"}}};
  const auto found = place("0::/system.slice/redis.service\n", kUnified, tree);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->version, CgroupVersion::v2);
  EXPECT_EQ(found->path, "/system.slice/redis.service");
  EXPECT_THAT(found->levels, ElementsAre("/sys/fs/cgroup/system.slice/redis.service",
                                         "/sys/fs/cgroup/system.slice"));
}

TEST(Cgroup, FindsVersionOneBesideVersionTwo) {
  const HostTree tree{{{"/sys/fs/cgroup/unified/cgroup.controllers", "\n"}}};
  const std::string memberships =
      "9:name=systemd:/system.slice/redis.service\n8:pids:/system.slice/redis.service\n"
      "4:memory:/limited\n0::/system.slice/redis.service\n";
  const auto pids = place(memberships, kHybrid, tree);
  ASSERT_TRUE(pids);
  EXPECT_EQ(pids->version, CgroupVersion::v1);
  EXPECT_THAT(pids->levels, ElementsAre("/sys/fs/cgroup/pids/system.slice/redis.service",
                                        "/sys/fs/cgroup/pids/system.slice"));
  const auto memory = place(memberships, kHybrid, tree, "memory");
  ASSERT_TRUE(memory);
  EXPECT_THAT(memory->levels, ElementsAre("/sys/fs/cgroup/memory/limited"));
}

TEST(Cgroup, HasNoLevelsInTheRoot) {
  const HostTree tree{{{"/sys/fs/cgroup/unified/cgroup.controllers", "\n"}}};
  const auto found = place("8:pids:/\n0::/\n", kHybrid, tree);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->levels, IsEmpty());
}

TEST(Cgroup, SaysThatAControllerIsBuiltOut) {
  const HostTree tree{{{"/sys/fs/cgroup/unified/cgroup.controllers", "\n"}}};
  const auto found = place("9:name=systemd:/x\n0::/x\n", kHybrid, tree);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::not_found);
}

TEST(Cgroup, SaysThatAControllerIsNotMounted) {
  const HostTree tree{{{"/x", "x"}}};
  EXPECT_EQ(place("8:pids:/a\n", kUnified, tree).error().message,
            "the pids controller is not mounted");
  EXPECT_EQ(place("", kUnified, tree).error().code, Errc::not_found);
}

TEST(Cgroup, SkipsLevelsToWhichTheControllerIsNotHandedDown) {
  const HostTree tree{{{"/sys/fs/cgroup/cgroup.controllers", "memory pids\n"},
                       {"/sys/fs/cgroup/system.slice/cgroup.controllers", "pids\n"},
                       {"/sys/fs/cgroup/system.slice/r.service/cgroup.controllers", "\n"}}};
  const auto found = place("0::/system.slice/r.service\n", kUnified, tree);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->levels, ElementsAre("/sys/fs/cgroup/system.slice"));
}

TEST(Cgroup, FindsItsBindMountInAContainerOfVersionOne) {
  const HostTree tree{{{"/x", "x"}}};
  const auto found =
      place("8:pids:/docker/abc/redis\n",
            "39 31 0:36 /docker/abc /sys/fs/cgroup/pids ro,nosuid - cgroup cgroup rw,pids\n", tree);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->levels, ElementsAre("/sys/fs/cgroup/pids/redis", "/sys/fs/cgroup/pids"));
}

TEST(Cgroup, CountsTheRootOfANamespaceAsALevel) {
  const HostTree v1{{{"/proc/self/ns/cgroup", "-> cgroup:[4026532300]"}}};
  const auto old = place("8:pids:/\n", "39 31 0:36 / /cg/pids rw - cgroup cgroup rw,pids\n", v1);
  ASSERT_TRUE(old);
  EXPECT_THAT(old->levels, ElementsAre("/cg/pids"));
  const HostTree v2{{{"/sys/fs/cgroup/cgroup.events", "populated 1\n"}}};
  const auto unified = place("0::/\n", kUnified, v2);
  ASSERT_TRUE(unified);
  EXPECT_THAT(unified->levels, ElementsAre("/sys/fs/cgroup"));
}

TEST(Cgroup, FollowsPathsOutOfOurNamespaceWhereTheMountShowsThem) {
  const HostTree tree{{{"/x", "x"}}};
  const auto found = place("0::/../../system.slice/redis.service\n",
                           "30 23 0:26 /../.. /host/cgroup rw - cgroup2 cgroup2 rw\n", tree);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->levels, ElementsAre("/host/cgroup/system.slice/redis.service",
                                         "/host/cgroup/system.slice", "/host/cgroup"));
}

TEST(Cgroup, SaysThatAProcessLiesOutsideOfWhatWeSee) {
  const HostTree tree{{{"/x", "x"}}};
  const auto found = place("0::/../redis.service\n", kUnified, tree);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::permission_denied);
}

TEST(SystemdUnit, IsTheLastUnitOfThePath) {
  EXPECT_EQ(systemd_unit(parse_cgroup("0::/system.slice/redis@6380.service\n")),
            "redis@6380.service");
  EXPECT_EQ(systemd_unit(parse_cgroup(
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/redis.service/sub\n")),
            "redis.service");
  EXPECT_EQ(systemd_unit(parse_cgroup("0::/system.slice/docker-ab12.scope\n")),
            "docker-ab12.scope");
  EXPECT_EQ(systemd_unit(parse_cgroup("0::/system.slice/_cpu.service\n")), "cpu.service");
}

TEST(SystemdUnit, IsReadFromItsOwnHierarchyOfVersionOne) {
  EXPECT_EQ(systemd_unit(parse_cgroup("4:memory:/limits/a.service\n"
                                      "1:name=systemd:/system.slice/redis.service\n0::/\n")),
            "redis.service");
}

TEST(SystemdUnit, IsAbsentWithoutSystemd) {
  EXPECT_EQ(systemd_unit(parse_cgroup("8:pids:/\n0::/\n")), std::nullopt);
  EXPECT_EQ(systemd_unit(parse_cgroup("0::/docker/ab12\n")), std::nullopt);
}

}  // namespace
}  // namespace forkmend::host
