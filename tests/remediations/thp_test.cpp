// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::notes_of;
using testing::Planning;

const std::string thp_directory = "/sys/kernel/mm/transparent_hugepage";

Planning with_files(const testing::Files& files) {
  Planning planning("thp", files);
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"host.thp_enabled", std::string("always")}, {"instance.thp_disabled", false}});
  return planning;
}

/// A kernel before 6.8.
Planning old_kernel() {
  return with_files({{thp_directory + "/enabled", "[always] madvise never\n"}});
}

/// From 6.8 on: the 2 MiB knob follows the global one, 64 KiB pages are on by themselves.
Planning new_kernel() {
  return with_files(
      {{thp_directory + "/enabled", "[always] madvise never\n"},
       {thp_directory + "/hugepages-2048kB/enabled", "always [inherit] madvise never\n"},
       {thp_directory + "/hugepages-64kB/enabled", "[always] inherit madvise never\n"},
       {thp_directory + "/hugepages-32kB/enabled", "always inherit madvise [never]\n"}});
}

TEST(Thp, SwitchesTheGlobalKnobOff) {
  const Planning planning = old_kernel();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::sysfs);
  EXPECT_EQ(step.target.name, "/sys/kernel/mm/transparent_hugepage/enabled");
  EXPECT_EQ(step.before, "always");
  EXPECT_EQ(step.after, "never");
  EXPECT_TRUE(step.needs_root);
  EXPECT_EQ(step.shell, "echo never > /sys/kernel/mm/transparent_hugepage/enabled");
  EXPECT_EQ(step.undo_shell, "echo always > /sys/kernel/mm/transparent_hugepage/enabled");
  EXPECT_EQ(step.effects.at("host.thp_enabled"), FactValue(std::string("never")));
}

TEST(Thp, SwitchesTheSizesOffThatAreOnByThemselves) {
  const Proposal proposal = new_kernel().proposal();
  ASSERT_EQ(proposal.steps.size(), 2U);
  EXPECT_EQ(proposal.steps[0].target.name, thp_directory + "/enabled");
  EXPECT_EQ(proposal.steps[1].target.name, thp_directory + "/hugepages-64kB/enabled");
  EXPECT_EQ(proposal.steps[1].before, "always");
  EXPECT_EQ(proposal.steps[1].after, "never");
  EXPECT_EQ(proposal.steps[1].effects.at("host.thp_sizes_on"), FactValue(std::string()));
}

TEST(Thp, TakesMadviseFromThePolicy) {
  Planning planning = old_kernel();
  planning.parameters.set("to", std::string("madvise"));
  EXPECT_EQ(planning.proposal().steps.front().after, "madvise");
}

TEST(Thp, LeavesAGlobalKnobAloneThatNoSizeFollows) {
  Planning planning = new_kernel();
  planning.tree->write(thp_directory + "/hugepages-2048kB/enabled",
                       "always inherit madvise [never]\n");
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().target.name, thp_directory + "/hugepages-64kB/enabled");
}

TEST(Thp, SeesThatNeverDoesNotSilenceASizeThatIsAlways) {
  Planning planning = new_kernel();
  planning.tree->write(thp_directory + "/enabled", "always madvise [never]\n");
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  EXPECT_EQ(planning.proposal().steps.size(), 1U);
}

TEST(Thp, LeavesNeverAndMadviseAlone) {
  for (const char* text : {"always madvise [never]\n", "always [madvise] never\n"}) {
    Planning planning = old_kernel();
    planning.tree->write(thp_directory + "/enabled", text);
    EXPECT_EQ(planning.probe().answer, Applicability::already_good) << text;
  }
}

TEST(Thp, LeavesAlwaysAloneWhereNoSizeCanGiveHugePages) {
  const Planning planning = with_files(
      {{thp_directory + "/enabled", "[always] madvise never\n"},
       {thp_directory + "/hugepages-2048kB/enabled", "always inherit madvise [never]\n"}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(Thp, DoesNotApplyWhereTheServerSwitchedItOffForItself) {
  Planning planning = old_kernel();
  planning.set({{"instance.thp_disabled", true}});
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
  EXPECT_EQ(planning.refusal(), "the server has switched transparent huge pages off for itself");
}

TEST(Thp, DoesNotApplyToAKernelWithoutIt) {
  EXPECT_EQ(with_files({{"/sys/kernel/mm/ksm/run", "0\n"}}).probe().answer,
            Applicability::not_applicable);
}

TEST(Thp, SaysUnknownWhenTheKnobMakesNoSense) {
  const Planning planning = with_files({{thp_directory + "/enabled", "always madvise never\n"}});
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(Thp, GivesTheExactLineForTheHostOfAContainer) {
  Planning planning = old_kernel();
  planning.set({{"host.container", std::string("lxc")}});
  EXPECT_THAT(planning.refusal(), EndsWith("on the host itself run: echo never > "
                                           "/sys/kernel/mm/transparent_hugepage/enabled"));
}

TEST(Thp, SaysThatPagesStayHugeUntilTheyAreFreed) {
  EXPECT_THAT(notes_of(old_kernel().proposal()), HasSubstr("pages that are huge already stay so"));
}

TEST(Thp, KeepsEveryKnobInTmpfiles) {
  const Proposal proposal = new_kernel().proposal();
  ASSERT_EQ(proposal.persist.size(), 1U);
  EXPECT_EQ(proposal.persist.front().target.name, "/etc/tmpfiles.d/zz-forkmend-thp.conf");
  EXPECT_THAT(
      *proposal.persist.front().after,
      EndsWith("\nw /sys/kernel/mm/transparent_hugepage/enabled - - - - never\n"
               "w /sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled - - - - never\n"));
}

TEST(Thp, IsNotKeptWhereAnotherTmpfilesLineWins) {
  Planning planning = old_kernel();
  planning.tree->write("/etc/tmpfiles.d/thp.conf",
                       "# for the database\n"
                       "w /sys/kernel/mm/transparent_hugepage/enabled - - - - always\n");
  const Proposal proposal = planning.proposal();
  EXPECT_TRUE(proposal.persist.empty());
  EXPECT_THAT(notes_of(proposal),
              HasSubstr("not kept over a reboot: /etc/tmpfiles.d/thp.conf:2: w /sys/kernel/mm/"
                        "transparent_hugepage/enabled - - - - always sets it at boot"));
}

TEST(Thp, NamesTheKernelCommandLine) {
  Planning planning = old_kernel();
  planning.tree->write("/proc/cmdline",
                       "BOOT_IMAGE=/vmlinuz root=/dev/vda1 "
                       "transparent_hugepage=always quiet\n");
  EXPECT_THAT(notes_of(planning.proposal()),
              HasSubstr("(/proc/cmdline) sets transparent huge pages too: "));
}

TEST(Thp, NamesTuned) {
  Planning planning = old_kernel();
  planning.tree->write("/etc/tuned/active_profile", "network-latency\n");
  planning.tree->write("/usr/lib/tuned/network-latency/tuned.conf",
                       "[main]\nsummary=low latency\n[vm]\ntransparent_hugepages=never\n");
  EXPECT_THAT(notes_of(planning.proposal()),
              HasSubstr("/usr/lib/tuned/network-latency/tuned.conf"));
}

TEST(Thp, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(old_kernel());
  Planning planning = new_kernel();
  planning.tree->write(thp_directory + "/hugepages-64kB/enabled", "[always] madvise never\n");
  testing::fails_at_each_step(planning);
}

}  // namespace
}  // namespace forkmend::remediations
