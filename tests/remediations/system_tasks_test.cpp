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

/// 30,000 tasks, threads-max reached, pids plenty.
Planning at_threads_max() {
  Planning planning("system-tasks", {{"/proc/sys/kernel/threads-max", "30000\n"},
                                     {"/proc/sys/kernel/pid_max", "4194304\n"}});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"host.kernel_release", std::string("6.1.0-28-amd64")},
                {"host.threads", std::int64_t{30000}},
                {"host.threads_max", std::int64_t{30000}},
                {"host.pid_max", std::int64_t{4194304}}});
  return planning;
}

/// Both limits are reached.
Planning at_both() {
  Planning planning = at_threads_max();
  planning.tree->write("/proc/sys/kernel/pid_max", "30200\n");
  planning.set({{"host.pid_max", std::int64_t{30200}}});
  return planning;
}

TEST(SystemTasks, RaisesTheOneThatBinds) {
  const Planning planning = at_threads_max();
  EXPECT_EQ(planning.probe().answer, Applicability::applicable);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().target.name, "kernel.threads-max");
  EXPECT_EQ(proposal.steps.front().before, "30000");
  EXPECT_EQ(proposal.steps.front().after, "60000");
  EXPECT_EQ(proposal.steps.front().shell, "sysctl -w kernel.threads-max=60000");
  EXPECT_EQ(proposal.steps.front().undo_shell, "sysctl -w kernel.threads-max=30000");
}

TEST(SystemTasks, RaisesBothAndKeepsThemInOneFile) {
  const Proposal proposal = at_both().proposal();
  ASSERT_EQ(proposal.steps.size(), 2U);
  EXPECT_EQ(proposal.steps[1].target.name, "kernel.pid_max");
  ASSERT_EQ(proposal.persist.size(), 1U);
  EXPECT_THAT(*proposal.persist.front().after,
              EndsWith("\nkernel.pid_max = 60000\nkernel.threads-max = 60000\n"));
}

TEST(SystemTasks, MakesTheForecastAdmitTheFork) {
  const Planning planning = at_both();
  FactSet facts = planning.facts;
  EXPECT_EQ(forecast::forecast_fork(facts).find("THR")->verdict, forecast::Verdict::refused);
  const Proposal proposal = planning.proposal();
  for (const Step& step : proposal.steps) facts = facts.with(step.effects);
  EXPECT_EQ(forecast::forecast_fork(facts).find("THR")->verdict, forecast::Verdict::admitted);
  EXPECT_EQ(forecast::forecast_fork(facts).find("PIDMAX")->verdict, forecast::Verdict::admitted);
}

TEST(SystemTasks, NeverSetsMoreThanTheKernelTakes) {
  Planning planning = at_threads_max();
  // An eighth of 512 MiB in stacks of 16 KiB.
  planning.set({{"host.mem_total", std::int64_t{512} << 20},
                {"host.threads", std::int64_t{4000}},
                {"host.threads_max", std::int64_t{4000}}});
  EXPECT_EQ(planning.proposal().steps.front().after, "4096");
  planning.set({{"host.threads_max", std::int64_t{4096}}, {"host.threads", std::int64_t{4096}}});
  EXPECT_THAT(planning.refusal(), HasSubstr("this host takes no more than 4,096"));
}

TEST(SystemTasks, LeavesAHostWithRoomAlone) {
  Planning planning = at_threads_max();
  planning.set({{"host.threads", std::int64_t{400}}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(SystemTasks, ActsWhenBlamedThoughTasksAreFewerNow) {
  Planning planning = at_threads_max();
  planning.set({{"host.threads", std::int64_t{20000}}});
  planning.blame("system-task-limit");
  EXPECT_EQ(planning.proposal().steps.front().after, "40000");
}

TEST(SystemTasks, TakesTheNamedValueUnlessItDoesNotHelp) {
  Planning planning = at_threads_max();
  planning.parameters.set("threads_max", std::int64_t{50000});
  EXPECT_EQ(planning.proposal().steps.front().after, "50000");
  planning.parameters.set("threads_max", std::int64_t{20000});
  EXPECT_THAT(planning.refusal(), HasSubstr("a kernel.threads-max of 20,000 does not help"));
}

TEST(SystemTasks, SaysUnknownWithoutTheNumberOfTasks) {
  Planning planning = at_threads_max();
  planning.hide("host.threads");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(SystemTasks, LeavesTheHostAloneFromInsideAContainer) {
  Planning planning = at_threads_max();
  planning.set({{"host.container", std::string("lxc")}});
  EXPECT_THAT(planning.refusal(),
              HasSubstr("on the host itself run: sysctl -w kernel.threads-max=60000"));
}

TEST(SystemTasks, SaysWhoSetsItLaterAtBoot) {
  Planning planning = at_both();
  planning.tree->write("/etc/sysctl.d/99-zzz.conf", "kernel.pid_max = 32768\n");
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.persist.size(), 1U);
  EXPECT_THAT(*proposal.persist.front().after, EndsWith("\nkernel.threads-max = 60000\n"));
  EXPECT_THAT(notes_of(proposal), HasSubstr("99-zzz.conf:1 sets kernel.pid_max=32768"));
}

TEST(SystemTasks, LeavesTheHostAsItWasWhereverItFails) {
  testing::fails_at_each_step(at_threads_max());
  testing::fails_at_each_step(at_both());
}

}  // namespace
}  // namespace forkmend::remediations
