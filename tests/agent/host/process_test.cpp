// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::HostTree;
using testing::sample_host;

TEST(Process, ReadsItsStatus) {
  const auto status = read_status(HostTree(sample_host()).root(), 812);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->name, "redis-server");
  EXPECT_EQ(status->state, 'S');
  EXPECT_EQ(status->parent, 1);
  EXPECT_EQ(status->real_uid, 999);
  EXPECT_EQ(status->threads, 5);
  EXPECT_THAT(status->namespace_pids, ElementsAre(812));
  EXPECT_EQ(status->vm_size, 5000000LL * 1024);
  EXPECT_EQ(status->vm_stack, 132 * 1024);
  EXPECT_EQ(status->thp_enabled, false);
  EXPECT_EQ(status->cap_effective, 0U);
}

TEST(Process, ReadsPidsOfEveryNamespace) {
  const auto status = parse_status("Pid:\t8120\nNSpid:\t8120\t17\t1\n");
  ASSERT_TRUE(status);
  EXPECT_THAT(status->namespace_pids, ElementsAre(8120, 17, 1));
}

TEST(Process, LeavesOpenWhatTheKernelDoesNotSay) {
  const auto status = parse_status("Name:\tkthreadd\nPid:\t2\nThreads:\t1\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->vm_size, std::nullopt);
  EXPECT_EQ(status->thp_enabled, std::nullopt);
  EXPECT_EQ(status->real_uid, std::nullopt);
  EXPECT_EQ(status->cap_effective, std::nullopt);
}

TEST(Process, RefusesAStatusWithoutPid) {
  EXPECT_EQ(parse_status("Name:\tx\n").error().code, Errc::parse);
  EXPECT_EQ(parse_status("").error().code, Errc::parse);
}

TEST(Process, ReadsAStatWhoseNameHoldsBlanksAndBrackets) {
  const auto stat =
      parse_stat("42 (a) S 1 (b) c) R 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 90321 1 2 3\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->pid, 42);
  EXPECT_EQ(stat->comm, "a) S 1 (b) c");
  EXPECT_EQ(stat->state, 'R');
  EXPECT_EQ(stat->parent, 7);
  EXPECT_EQ(stat->threads, 9);
  EXPECT_EQ(stat->start_time, 90321U);
  EXPECT_FALSE(stat->kernel_thread);
}

TEST(Process, KnowsAKernelThreadByItsFlags) {
  const auto stat = parse_stat(
      "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 18 0 0 20 0 1 0 4 0 0 18446744073709551615\n");
  ASSERT_TRUE(stat);
  EXPECT_TRUE(stat->kernel_thread);
}

TEST(Process, RefusesACutStat) {
  EXPECT_FALSE(parse_stat(""));
  EXPECT_FALSE(parse_stat("42 (redis"));
  EXPECT_FALSE(parse_stat(")("));
  EXPECT_FALSE(parse_stat("42 (redis-server) S 1 812 812 0 -1 4194560 1 2 3 4"));
}

TEST(Process, ReadsLimits) {
  const HostTree tree(sample_host());
  const auto limit = read_limit(tree.root(), 812, "Max processes");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->soft, 4096);
  EXPECT_EQ(limit->hard, kUnlimited);
  EXPECT_EQ(read_limit(tree.root(), 812, "Max nonsense").error().code, Errc::not_found);
  EXPECT_EQ(read_limit(tree.root(), 9, "Max processes").error().code, Errc::not_found);
}

TEST(Process, ReadsLimitsWithoutUnit) {
  const auto limits =
      parse_limits("Max nice priority         0                    10           \n");
  ASSERT_EQ(limits.count("Max nice priority"), 1U);
  EXPECT_EQ(limits.at("Max nice priority").hard, 10);
}

TEST(Process, NamesItsExecutableAlsoAfterAnUpgrade) {
  const HostTree tree{{{"/proc/7/exe", "-> /usr/bin/redis-server (deleted)"}}};
  EXPECT_EQ(*read_exe(tree.root(), 7), "/usr/bin/redis-server");
}

TEST(Process, ReadsNamespaceNumbers) {
  const HostTree tree{
      {{"/proc/7/ns/net", "-> net:[4026531840]"}, {"/proc/8/ns/net", "-> net:4026531840"}}};
  EXPECT_EQ(*read_namespace(tree.root(), 7, "net"), 4026531840U);
  EXPECT_EQ(read_namespace(tree.root(), 8, "net").error().code, Errc::parse);
  EXPECT_EQ(read_namespace(tree.root(), 9, "net").error().code, Errc::not_found);
}

}  // namespace
}  // namespace forkmend::host
