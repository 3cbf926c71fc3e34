// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/recording.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/fact_writer.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::HostTree;

TEST(Recording, WritesDownEveryKindOfRead) {
  const HostTree tree{{{"/proc/meminfo", "MemTotal: 1 kB\n"},
                       {"/proc/812/exe", "-> /usr/bin/redis-server"},
                       {"/etc/sysctl.d/10.conf", "a=1\n"},
                       {"/var/log/redis.log", "one\ntwo\n"}}};
  const auto recording = std::make_shared<Recording>();
  const Root root = tree.root().recorded_by(recording);
  ASSERT_TRUE(root.read("/proc/meminfo"));
  ASSERT_TRUE(root.read_link("/proc/812/exe"));
  ASSERT_TRUE(root.list("/etc/sysctl.d"));
  ASSERT_TRUE(root.read_tail("/var/log/redis.log", 4));
  ASSERT_TRUE(root.status("/var/log/redis.log"));
  ASSERT_FALSE(root.read("/proc/vmstat"));
  ASSERT_TRUE(root.scan("/etc/sysctl.d/10.conf", [](std::string_view) {}));
  const auto& paths = recording->paths();
  EXPECT_EQ(paths.at("/proc/meminfo").content, "MemTotal: 1 kB\n");
  EXPECT_EQ(paths.at("/proc/812/exe").link, "/usr/bin/redis-server");
  EXPECT_THAT(*paths.at("/etc/sysctl.d").names, ElementsAre("10.conf"));
  EXPECT_EQ(paths.at("/etc/sysctl.d/10.conf").content, "a=1\n");
  EXPECT_EQ(paths.at("/var/log/redis.log").tail, "two\n");
  EXPECT_FALSE(paths.at("/var/log/redis.log").tail_is_whole);
  EXPECT_TRUE(paths.at("/var/log/redis.log").status->is_regular());
  EXPECT_TRUE(paths.at("/proc/vmstat").absent);
}

TEST(Recording, KeepsWhatWasReadFirst) {
  HostTree tree{{{"/proc/meminfo", "first"}}};
  const auto recording = std::make_shared<Recording>();
  const Root root = tree.root().recorded_by(recording);
  ASSERT_TRUE(root.read("/proc/meminfo"));
  tree.write("/proc/meminfo", "second");
  ASSERT_TRUE(root.read("/proc/meminfo"));
  EXPECT_EQ(recording->paths().at("/proc/meminfo").content, "first");
}

TEST(Recording, IsOfTheRecordedCopyAlone) {
  const HostTree tree{{{"/proc/meminfo", "x"}}};
  const auto recording = std::make_shared<Recording>();
  const Root root = tree.root();
  const Root recorded = root.recorded_by(recording);
  ASSERT_TRUE(root.read("/proc/meminfo"));
  ASSERT_TRUE(recorded.recorded_by(nullptr).read("/proc/meminfo"));
  EXPECT_TRUE(recording->paths().empty());
}

TEST(CapturedTree, TellsAbsentFromNotCaptured) {
  const HostTree tree{{{"/proc/meminfo", "x"}}};
  const Root root(tree.path(), CapturedPaths{.absent = {"/proc/vz"}});
  const auto absent = root.read("/proc/vz");
  ASSERT_FALSE(absent);
  EXPECT_TRUE(absent.error().seen_absent);
  EXPECT_EQ(absent.error().message, "opening /proc/vz: No such file or directory");
  FactSet facts;
  FactWriter writer(TreeKind::captured, facts);
  writer.miss("host.threads", absent.error(), "x");
  writer.miss("host.swap_free", root.read("/proc/vmstat").error(), "x");
  EXPECT_EQ(facts.find("host.threads")->state, FactState::not_applicable);
  EXPECT_EQ(facts.find("host.swap_free")->state, FactState::unknown);
}

TEST(CapturedTree, RepeatsTheErrorsOfTheCapture) {
  const HostTree tree{{{"/proc/1/environ", ""}}};
  const Root root(tree.path(), CapturedPaths{.unreadable = {{"/proc/1/environ", 13}},
                                             .unreadable_links = {{"/proc/1/ns/mnt", 13}}});
  EXPECT_EQ(root.read("/proc/1/environ").error().code, Errc::permission_denied);
  EXPECT_TRUE(root.exists("/proc/1/environ"));
  EXPECT_EQ(root.read_link("/proc/1/ns/mnt").error().code, Errc::permission_denied);
}

TEST(CapturedTree, HasNoContentWhereItWasLeftOut) {
  const HostTree tree{{{"/proc/812/cmdline", ""}}};
  const Root root(tree.path(), CapturedPaths{.unread = {"/proc/812/cmdline"}});
  ASSERT_FALSE(root.read("/proc/812/cmdline"));
  EXPECT_FALSE(root.read("/proc/812/cmdline").error().seen_absent);
  EXPECT_TRUE(root.status("/proc/812/cmdline"));
}

TEST(CapturedTree, KnowsLinksThatHaveFilesBelow) {
  const HostTree tree{{{"/proc/812/root/etc/x", "inside"}}};
  const Root root(tree.path(), CapturedPaths{.links = {{"/proc/812/root", "/"}}});
  EXPECT_EQ(*root.read_link("/proc/812/root"), "/");
  EXPECT_TRUE(root.status("/proc/812/root")->is_symlink());
  EXPECT_EQ(*root.read("/proc/812/root/etc/x"), "inside");
}

TEST(CapturedTree, IsNotLeftThroughAChainOfLinks) {
  const HostTree outside{{{"/secret", "of this host"}}};
  std::map<std::string, std::string> files;
  for (int i = 0; i < 41; ++i) {
    files["/link" + std::to_string(i)] = "-> link" + std::to_string(i + 1);
  }
  files["/link41"] = "-> " + (outside.path() / "secret").string();
  const HostTree tree{files};
  for (const char* start : {"/link0", "/link1", "/link2", "/link10", "/link41"}) {
    EXPECT_FALSE(tree.root().read(start)) << start;
  }
}

}  // namespace
}  // namespace forkmend::host
