// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/root.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::HostTree;

std::vector<std::string> scanned(const Root& root, const std::string& path) {
  std::vector<std::string> lines;
  const auto read = root.scan(path, [&lines](std::string_view line) { lines.emplace_back(line); });
  EXPECT_TRUE(read);
  return lines;
}

TEST(Root, ReadsBelowItsPrefix) {
  const HostTree tree{{{"/proc/loadavg", "0 0 0 1/2 3\n"}}};
  EXPECT_EQ(*tree.root().read("/proc/loadavg"), "0 0 0 1/2 3\n");
  EXPECT_FALSE(tree.root().live());
}

TEST(Root, SaysThatAFileIsMissing) {
  const HostTree tree{{{"/proc/loadavg", "x"}}};
  const auto missing = tree.root().read("/proc/meminfo");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(missing.error().message, ::testing::HasSubstr("/proc/meminfo"));
}

TEST(Root, RefusesWhatIsLargerThanItsLimit) {
  const HostTree tree{{{"/big", std::string(5000, 'x')}}};
  const auto read = tree.root().read("/big", 4999);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::too_large);
}

TEST(Root, KeepsAbsoluteLinksWithinTheTree) {
  const HostTree tree{
      {{"/etc/os-release", "-> /usr/lib/os-release"}, {"/usr/lib/os-release", "ID=captured\n"}}};
  EXPECT_EQ(*tree.root().read("/etc/os-release"), "ID=captured\n");
}

TEST(Root, KeepsLinksThatClimbWithinTheTree) {
  const HostTree tree{{{"/a/b/link", "-> ../../../../../../../../target"}, {"/target", "inside"}}};
  EXPECT_EQ(*tree.root().read("/a/b/link"), "inside");
}

TEST(Root, FollowsLinkedDirectoriesWithinTheTree) {
  const HostTree tree{{{"/proc/self", "-> 812"}, {"/proc/812/status", "Pid:\t812\n"}}};
  EXPECT_EQ(*tree.root().read("/proc/self/status"), "Pid:\t812\n");
  EXPECT_THAT(*tree.root().list("/proc/self"), ElementsAre("status"));
}

TEST(Root, DoesNotFollowALoopForEver) {
  const HostTree tree{{{"/loop", "-> /loop"}}};
  EXPECT_FALSE(tree.root().read("/loop"));
}

TEST(Root, ShowsALinkItself) {
  const HostTree tree{{{"/proc/812/exe", "-> /usr/bin/redis-server"}}};
  EXPECT_EQ(*tree.root().read_link("/proc/812/exe"), "/usr/bin/redis-server");
  EXPECT_TRUE(tree.root().status("/proc/812/exe")->is_symlink());
}

TEST(Root, ScansLineByLine) {
  const HostTree tree{{{"/smaps", "one\n\nthree\nlast"}}};
  EXPECT_THAT(scanned(tree.root(), "/smaps"), ElementsAre("one", "", "three", "last"));
}

TEST(Root, ScansLinesAcrossItsBuffer) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i) + "\n";
  const HostTree tree{{{"/smaps", text}}};
  const auto lines = scanned(tree.root(), "/smaps");
  ASSERT_EQ(lines.size(), 20000U);
  EXPECT_EQ(lines[13107], "line 13107");
  EXPECT_EQ(lines.back(), "line 19999");
}

TEST(Root, BoundsALineWithoutEnd) {
  const HostTree tree{{{"/smaps", std::string(1000000, 'x')}}};
  const auto lines = scanned(tree.root(), "/smaps");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_LE(lines.front().size(), 2U * 65536U);
}

TEST(Root, CountsItsReads) {
  const HostTree tree{{{"/a", "x"}}};
  const Root root = tree.root();
  const std::vector<Root> copies(2, root);
  ASSERT_TRUE(root.read("/a"));
  ASSERT_TRUE(copies.back().read("/a"));
  EXPECT_EQ(root.reads(), 2U);
}

TEST(CachingRoot, ReadsEachPathOnceAndAFreshOneAnew) {
  const HostTree tree{{{"/proc/loadavg", "1\n"}, {"/proc/812/cwd", "-> /data"}}};
  const Root root = tree.root().caching();
  EXPECT_EQ(root.read("/proc/loadavg").value(), "1\n");
  EXPECT_FALSE(root.read("/proc/absent"));
  EXPECT_EQ(root.list("/proc").value().size(), 2U);
  const std::uint64_t reads = root.reads();
  testing::write_tree(tree.path(), {{"/proc/loadavg", "2\n"}, {"/proc/absent", "here\n"}});
  EXPECT_EQ(root.read("/proc/loadavg").value(), "1\n");
  EXPECT_FALSE(root.read("/proc/absent")) << "that it was missing is remembered too";
  EXPECT_EQ(root.list("/proc").value().size(), 2U);
  EXPECT_EQ(root.reads(), reads);
  EXPECT_EQ(root.fresh().read("/proc/loadavg").value(), "2\n");
  EXPECT_EQ(tree.root().read("/proc/loadavg").value(), "2\n");
}

TEST(CachingRoot, AnotherBoundIsAnotherAnswer) {
  const HostTree tree{{{"/proc/loadavg", "12345\n"}}};
  const Root root = tree.root().caching();
  EXPECT_TRUE(root.read("/proc/loadavg"));
  EXPECT_EQ(root.read("/proc/loadavg", 3).error().code, Errc::too_large);
}

}  // namespace
}  // namespace forkmend::host
