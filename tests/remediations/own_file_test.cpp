// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/own_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::ElementsAre;
using testing::Files;
using testing::HostTree;

TEST(OwnFile, ReadsBackTheLinesItWrote) {
  const std::string text = own_file_text("reboot.", {"a = 1", "b = 2"});
  const HostTree tree(Files{{"/etc/sysctl.d/x.conf", text}});
  const auto file = read_own_file(tree.root(), "/etc/sysctl.d/x.conf");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->content, text);
  EXPECT_THAT(file->lines, ElementsAre("a = 1", "b = 2"));
}

TEST(OwnFile, SaysWhoWroteItAndHowToUndoIt) {
  EXPECT_EQ(
      own_file_text("run: systemctl daemon-reload", {"[Service]", "TasksMax=70"}),
      "# Written by forkmend after a change of the running system let a failed save succeed.\n"
      "# Why and when: forkmend history. To undo: forkmend rollback; or delete the file, then "
      "run: systemctl daemon-reload\n"
      "# It is rewritten as a whole: keep settings of your own in another file.\n"
      "[Service]\nTasksMax=70\n");
}

TEST(OwnFile, StartsEmptyWhereThereIsNone) {
  const HostTree tree(Files{{"/etc/hostname", "a\n"}});
  const auto file = read_own_file(tree.root(), "/etc/sysctl.d/x.conf");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->content, std::nullopt);
}

TEST(OwnFile, LeavesAFileAloneThatSomebodyElseWrote) {
  const HostTree tree(Files{{"/etc/sysctl.d/x.conf", "vm.swappiness = 1\n"}});
  const auto file = read_own_file(tree.root(), "/etc/sysctl.d/x.conf");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "/etc/sysctl.d/x.conf was not written by forkmend");
}

TEST(OwnFile, DoesNotFollowALink) {
  const HostTree tree(
      Files{{"/etc/shadow", own_file_text("", {})}, {"/etc/sysctl.d/x.conf", "-> ../shadow"}});
  const auto file = read_own_file(tree.root(), "/etc/sysctl.d/x.conf");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "/etc/sysctl.d/x.conf is not a regular file");
}

TEST(OwnFile, NeedsNoStepWhereTheFileIsRightAlready) {
  OwnFile file;
  file.content = "same\n";
  const auto persistence =
      own_file_step({.remedy = "thp", .path = "/etc/x", .why = ""}, file, "same\n");
  EXPECT_TRUE(persistence.steps.empty());
  EXPECT_THAT(persistence.notes, ElementsAre("/etc/x already keeps it over a reboot"));
}

}  // namespace
}  // namespace forkmend::remediations
