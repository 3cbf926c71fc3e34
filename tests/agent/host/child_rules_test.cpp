// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/child_rules.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "host/facts.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::Files;
using testing::HostTree;
using testing::sample_host;
using testing::with;

FactSet child_facts(const Files& changes) {
  const HostTree tree(with(sample_host(), changes));
  return process_facts(tree.root(), 812, host_facts(tree.root()));
}

TEST(SchedPolicy, HasTheNamesOfTheKernel) {
  EXPECT_EQ(sched_policy_name(0), "other");
  EXPECT_EQ(sched_policy_name(2), "rr");
  EXPECT_EQ(sched_policy_name(6), "deadline");
  EXPECT_EQ(sched_policy_name(4), "");
  EXPECT_EQ(sched_policy_name(99), "");
  EXPECT_EQ(sched_policy_name(-1), "");
}

TEST(SchedPolicy, IsFieldFortyOneOfStat) {
  EXPECT_EQ(child_facts({}).text("instance.sched_policy"), "batch");
  // A stat that is cut before says nothing.
  const FactSet cut =
      child_facts({{"/proc/812/stat",
                    "812 (redis-server) S 1 812 812 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 5 "
                    "0 90321 1 2 3\n"}});
  EXPECT_EQ(cut.find("instance.sched_policy")->state, FactState::unknown);
}

TEST(SchedPolicy, ResetOnForkIsAskedOfTheRunningKernelOnly) {
  EXPECT_EQ(read_reset_on_fork(HostTree(sample_host()).root(), 812).error().code,
            Errc::unsupported);
  const auto own = read_reset_on_fork(Root(), getpid());
  ASSERT_TRUE(own);
  EXPECT_FALSE(*own);
}

TEST(OomScore, IsRead) {
  EXPECT_EQ(child_facts({}).integer("instance.oom_score_adj"), -500);
}

std::optional<bool> init_of(const Files& changes) {
  return child_facts(changes).flag("instance.pid_namespace_init");
}

/// The children of pid 812 are born into another pid namespace, whose init is pid 900.
Files elsewhere(const std::string& state, const std::string& number) {
  return {
      {"/proc/812/ns/pid_for_children", "-> pid:[4026532300]"},
      {"/proc/900/stat", "900 (init) " + state + " 812 9 9 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 5\n"},
      {"/proc/900/status", "Pid:\t900\nUid:\t0\t0\t0\t0\nThreads:\t1\nNSpid:\t900\t" + number +
                               "\nCapEff:\t0000000000000000\n"},
      {"/proc/900/ns/pid", "-> pid:[4026532300]"}};
}

TEST(PidNamespace, OfAProcessThatLivesInItHasAnInit) {
  EXPECT_EQ(init_of({}), true);
}

TEST(PidNamespace, ElsewhereNeedsALiveInit) {
  EXPECT_EQ(init_of(elsewhere("S", "1")), true);
  EXPECT_EQ(init_of(elsewhere("Z", "1")), false);
  EXPECT_EQ(init_of(elsewhere("S", "7")), false);
  EXPECT_EQ(init_of({{"/proc/812/ns/pid_for_children", "-> pid:[4026532300]"}}), false);
}

TEST(PidNamespace, IsUnknownWhereItIsNotShown) {
  const FactSet facts = child_facts({{"/proc/812/ns/pid_for_children", ""}});
  EXPECT_EQ(facts.find("instance.pid_namespace_init")->state, FactState::unknown);
  const FactSet hidden = child_facts(with(
      elsewhere("S", "1"),
      {{"/proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime - proc proc rw,hidepid=2\n"}}));
  EXPECT_EQ(hidden.find("instance.pid_namespace_init")->state, FactState::unreadable);
}

}  // namespace
}  // namespace forkmend::host
