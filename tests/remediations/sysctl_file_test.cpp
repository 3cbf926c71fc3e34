// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/sysctl_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::EndsWith;
using testing::Files;
using ::testing::HasSubstr;
using testing::HostTree;
using testing::notes_of;
using ::testing::StartsWith;

Persistence keep_mode_one(const HostTree& tree, bool systemd = true) {
  FactSet facts;
  facts.set("host.systemd", systemd, "", "test");
  const policy::Parameters parameters;
  const forecast::Forecast forecast;
  const host::Root root = tree.root();
  return persist_sysctl(
      {.facts = facts, .forecast = forecast, .parameters = parameters, .root = root},
      {.remedy = "overcommit-memory", .key = "vm.overcommit_memory", .value = "1", .excludes = {}});
}

TEST(SysctlFile, MakesAFileWithAHeader) {
  const HostTree tree(Files{{"/etc/sysctl.d/README.sysctl", "\n"}});
  const auto persistence = keep_mode_one(tree);
  ASSERT_EQ(persistence.steps.size(), 1U);
  const Step& step = persistence.steps.front();
  EXPECT_EQ(step.target.type, StepType::file);
  EXPECT_EQ(step.target.afterwards, "");
  EXPECT_TRUE(step.needs_root);
  EXPECT_THAT(*step.after, StartsWith("# Written by forkmend"));
  EXPECT_THAT(*step.after, EndsWith("another file.\nvm.overcommit_memory = 1\n"));
  EXPECT_THAT(step.shell, StartsWith("mkdir -p /etc/sysctl.d && printf '%s\\n' '# Written by"));
  EXPECT_THAT(step.shell, EndsWith("> /etc/sysctl.d/99-zz-forkmend.conf"));
  EXPECT_EQ(step.undo_shell, "rm -f /etc/sysctl.d/99-zz-forkmend.conf");
}

TEST(SysctlFile, MergesWithOtherKeysOfOurs) {
  const std::string old_text =
      own_file_text("reboot.", {"kernel.pid_max = 65536", "vm.overcommit_memory = 2"});
  const HostTree tree(Files{{"/etc/sysctl.d/99-zz-forkmend.conf", old_text}});
  const auto persistence = keep_mode_one(tree);
  ASSERT_EQ(persistence.steps.size(), 1U);
  EXPECT_EQ(persistence.steps.front().before, old_text);
  EXPECT_THAT(*persistence.steps.front().after,
              EndsWith("\nkernel.pid_max = 65536\nvm.overcommit_memory = 1\n"));
}

TEST(SysctlFile, DoesNothingTwice) {
  const HostTree fresh(Files{{"/etc/hostname", "a\n"}});
  const std::string text = *keep_mode_one(fresh).steps.front().after;
  const HostTree tree(Files{{"/etc/sysctl.d/99-zz-forkmend.conf", text}});
  EXPECT_TRUE(keep_mode_one(tree).steps.empty());
}

TEST(SysctlFile, RefusesWhereALaterFileWins) {
  const HostTree tree(Files{{"/etc/sysctl.d/zz-site.conf", "# ours\nvm.overcommit_memory = 2\n"}});
  const auto persistence = keep_mode_one(tree);
  EXPECT_TRUE(persistence.steps.empty());
  EXPECT_EQ(
      notes_of(persistence),
      "not kept over a reboot: /etc/sysctl.d/zz-site.conf:2 sets vm.overcommit_memory=2 later "
      "at boot");
}

TEST(SysctlFile, NamesAnEarlierOwner) {
  const HostTree tree(Files{{"/usr/lib/sysctl.d/50-vendor.conf", "vm.overcommit_memory = 0\n"}});
  const auto persistence = keep_mode_one(tree);
  EXPECT_EQ(persistence.steps.size(), 1U);
  EXPECT_EQ(notes_of(persistence),
            "/usr/lib/sysctl.d/50-vendor.conf:1 sets vm.overcommit_memory=0 at boot; "
            "/etc/sysctl.d/99-zz-forkmend.conf is read later and wins");
}

TEST(SysctlFile, NeedsNoFileWhereSomebodySetsItAlready) {
  const HostTree tree(Files{{"/etc/sysctl.d/30-redis.conf", "vm.overcommit_memory=1\n"}});
  const auto persistence = keep_mode_one(tree);
  EXPECT_TRUE(persistence.steps.empty());
  EXPECT_EQ(notes_of(persistence),
            "/etc/sysctl.d/30-redis.conf:1 sets vm.overcommit_memory=1 at boot already");
}

TEST(SysctlFile, SaysThatSysctlConfIsNotRead) {
  const HostTree tree(Files{{"/etc/sysctl.conf", "vm.overcommit_memory=2\n"}});
  const auto persistence = keep_mode_one(tree);
  EXPECT_EQ(persistence.steps.size(), 1U);
  EXPECT_THAT(notes_of(persistence),
              HasSubstr("/etc/sysctl.conf:1 sets vm.overcommit_memory=2, but "
                        "nothing reads that file at boot"));
}

TEST(SysctlFile, KnowsThatProcpsReadsSysctlConfLast) {
  const HostTree tree(Files{{"/etc/sysctl.conf", "vm.overcommit_memory=2\n"}});
  const auto persistence = keep_mode_one(tree, false);
  EXPECT_TRUE(persistence.steps.empty());
  EXPECT_THAT(notes_of(persistence),
              HasSubstr("/etc/sysctl.conf:1 sets vm.overcommit_memory=2 after "
                        "every other file"));
}

TEST(SysctlFile, NamesTuned) {
  const HostTree tree(Files{{"/etc/tuned/active_profile", "site\n"},
                            {"/etc/tuned/site/tuned.conf", "[sysctl]\nvm.overcommit_memory=0\n"}});
  EXPECT_THAT(notes_of(keep_mode_one(tree)),
              HasSubstr("tuned (profile site, /etc/tuned/site/tuned.conf:2) sets "
                        "vm.overcommit_memory=0"));
}

TEST(SysctlFile, LeavesAFileOfThatNameAloneThatIsNotOurs) {
  const HostTree tree(Files{{"/etc/sysctl.d/99-zz-forkmend.conf", "vm.swappiness = 1\n"}});
  const auto persistence = keep_mode_one(tree);
  EXPECT_TRUE(persistence.steps.empty());
  EXPECT_THAT(notes_of(persistence), HasSubstr("was not written by forkmend"));
}

}  // namespace
}  // namespace forkmend::remediations
