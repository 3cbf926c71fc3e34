// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/process_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::Files;
using testing::HostTree;
using testing::sample_host;
using testing::with;

constexpr std::uint64_t kInitialUser = 4026531837;

Files task(int pid, int uid, int threads, const std::string& user_namespace) {
  const std::string directory = "/proc/" + std::to_string(pid);
  Files files = {
      {directory + "/status", "Pid:\t" + std::to_string(pid) + "\nUid:\t" + std::to_string(uid) +
                                  "\t0\t0\t0\nThreads:\t" + std::to_string(threads) + "\n"},
      {directory + "/stat", sample_host().at("/proc/812/stat")}};
  if (!user_namespace.empty()) files[directory + "/ns/user"] = "-> user:[" + user_namespace + "]";
  return files;
}

/// The sample's server has 5 tasks of uid 999 in the initial namespace.
HostTree busy_host() {
  Files files = sample_host();
  files.merge(task(900, 999, 3, "4026531837"));
  files.merge(task(901, 999, 40, "4026532201"));
  files.merge(task(902, 0, 7, "4026531837"));
  return HostTree(files);
}

TEST(ProcessTable, HoldsWhatIsKnownOfAProcess) {
  const auto table = process_table(HostTree(sample_host()).root());
  ASSERT_TRUE(table);
  ASSERT_EQ(table->size(), 1U);
  const ProcessRow& row = table->front();
  EXPECT_EQ(row.pid, 812);
  EXPECT_EQ(row.parent, 1);
  EXPECT_EQ(row.start_time, 90321U);
  EXPECT_EQ(row.comm, "redis-server");
  EXPECT_EQ(row.exe, "redis-check-rdb");
  EXPECT_THAT(row.cmdline, ElementsAre("/usr/bin/redis-server 127.0.0.1:6379"));
  EXPECT_EQ(row.uid, 999);
  EXPECT_EQ(row.threads, 5);
  EXPECT_THAT(row.namespace_pids, ElementsAre(812));
}

TEST(ProcessTable, KeepsARowOfWhichOnlyStatCanBeRead) {
  const HostTree tree{{{"/proc/9/stat", sample_host().at("/proc/812/stat")}}};
  const auto table = process_table(tree.root());
  ASSERT_TRUE(table);
  ASSERT_EQ(table->size(), 1U);
  EXPECT_EQ(table->front().pid, 9);
  EXPECT_EQ(table->front().exe, "");
  EXPECT_EQ(table->front().uid, std::nullopt);
}

TEST(ProcessTable, LeavesOutAProcessThatEndsMeanwhile) {
  const HostTree tree{{{"/proc/9/cmdline", "x"}, {"/proc/version", "Linux"}}};
  const auto table = process_table(tree.root());
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->empty());
}

TEST(ProcessTable, SplitsACommandLine) {
  EXPECT_THAT(parse_cmdline(std::string_view("a\0\0b c\0", 7)), ElementsAre("a", "", "b c"));
  EXPECT_THAT(parse_cmdline(""), ElementsAre());
  EXPECT_THAT(parse_cmdline(std::string_view("\0\0", 2)), ElementsAre());
}

TEST(UidTasks, CountThreadsOfTheRealUid) {
  EXPECT_EQ(*count_uid_tasks(busy_host().root(), 999, std::nullopt), 48);
  EXPECT_EQ(*count_uid_tasks(busy_host().root(), 0, std::nullopt), 7);
  EXPECT_EQ(*count_uid_tasks(busy_host().root(), 12345, std::nullopt), 0);
}

TEST(UidTasks, AreThoseOfATableThatWasReadForTheSameLook) {
  const HostTree tree = busy_host();
  const Root moment = tree.root().caching();
  ASSERT_TRUE(process_table(moment));
  const auto reads = moment.reads();
  EXPECT_EQ(*count_uid_tasks(moment, 999, std::nullopt), 48);
  EXPECT_EQ(*count_uid_tasks(moment, 0, std::nullopt), 7);
  EXPECT_EQ(moment.reads(), reads + 1) << "the mount table, for hidepid";
  EXPECT_EQ(*count_uid_tasks(moment, 999, kInitialUser), 8);
}

TEST(UidTasks, AreNotGuessedWhereTheTableLacksThem) {
  const HostTree tree(with(sample_host(), {{"/proc/900/status", "Name:\tx\nPid:\t900\n"}}));
  const Root moment = tree.root().caching();
  ASSERT_TRUE(process_table(moment));
  EXPECT_EQ(count_uid_tasks(moment, 999, std::nullopt).error().code, Errc::parse);
}

TEST(UidTasks, CountForOneUserNamespace) {
  EXPECT_EQ(*count_uid_tasks(busy_host().root(), 999, kInitialUser), 8);
  EXPECT_EQ(*count_uid_tasks(busy_host().root(), 999, 4026532201U), 40);
}

TEST(UidTasks, AreNotCountedInPartsUnderHidepid) {
  const HostTree tree(
      with(sample_host(), {{"/proc/self/mountinfo",
                            "22 27 0:21 / /proc rw,relatime - proc proc rw,hidepid=invisible\n"}}));
  const auto count = count_uid_tasks(tree.root(), 999, std::nullopt);
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Errc::permission_denied);
}

TEST(UidTasks, AreCountedUnderHidepidWithTheRightToTrace) {
  const HostTree tree(
      with(sample_host(),
           {{"/proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime - proc proc rw,hidepid=2\n"},
            {"/proc/self/status", "Pid:\t4711\nCapEff:\t000001ffffffffff\n"}}));
  EXPECT_EQ(*count_uid_tasks(tree.root(), 999, std::nullopt), 5);
}

TEST(UidTasks, AreNotCountedFromWithinAPidNamespace) {
  const HostTree tree(with(sample_host(), {{"/proc/self/ns/pid", "-> pid:[4026532201]"}}));
  EXPECT_EQ(count_uid_tasks(tree.root(), 999, std::nullopt).error().code, Errc::permission_denied);
}

TEST(UidTasks, AreNotCountedWithoutTheMountTable) {
  const HostTree tree(with(sample_host(), {{"/proc/self/mountinfo", ""}}));
  EXPECT_FALSE(count_uid_tasks(tree.root(), 999, std::nullopt));
}

TEST(UidTasks, AreNotGuessedFromABrokenStatus) {
  const HostTree tree(with(sample_host(), {{"/proc/900/status", "Name:\tx\nPid:\t900\n"}}));
  EXPECT_EQ(count_uid_tasks(tree.root(), 999, std::nullopt).error().code, Errc::parse);
}

}  // namespace
}  // namespace forkmend::host
