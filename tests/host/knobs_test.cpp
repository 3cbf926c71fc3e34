// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Plans for knobs of this kernel, carried out on it and taken back: what the kernel shows is what
// the plan said.
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/recorded_changes.hpp"
#include "engine/rollback.hpp"
#include "host/live_plan.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/program.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

using remediations::Proposal;
using remediations::Step;

Proposal plan(std::string_view remedy, const std::map<std::string, FactValue>& values,
              std::string_view cause) {
  return proposal_of(live_plan(remedy, values, cause));
}

/// Applies every step, looks, and undoes all.
template <class Look>
void apply_and_undo(const std::vector<Step>& steps, Look look) {
  const TempDir state;
  const auto journal = journal_with_incident(state.path());
  auto actuator = actuator_on(host::Root());
  for (const Step& step : steps) {
    const auto done = await(engine::apply_step(journal.get(), &actuator, change_of(step)));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->state, engine::ChangeState::applied) << done->comment;
  }
  look();
  const auto items =
      await(engine::rollback(journal.get(), &actuator, {.selector = "", .all = true}));
  ASSERT_TRUE(items) << items.error().message;
  for (const auto& item : *items) {
    EXPECT_EQ(item.result, engine::ChangeState::undone) << item.says;
  }
}

TEST(KnobsOfTheHost, SizesOfHugePagesThatAreAlwaysOnAreSwitchedOff) {
  constexpr const char* kSize = "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled";
  constexpr const char* kGlobal = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (!std::filesystem::exists(kSize)) GTEST_SKIP() << "this kernel has no knob for each size";
  HostGuard guard;
  guard.write(kGlobal, "madvise");
  guard.write(kSize, "always");
  const auto before = host_snapshot();
  const Proposal proposal = plan("thp", {}, "thp");
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().target.name, kSize);
  apply_and_undo(proposal.steps, [&] {
    EXPECT_NE(read_file(kSize).find("[never]"), std::string::npos);
    EXPECT_NE(read_file(kGlobal).find("[madvise]"), std::string::npos);
  });
  EXPECT_EQ(difference(before, host_snapshot()), "");
}

TEST(KnobsOfTheHost, LimitsOfTasksAreRaised) {
  HostGuard guard;
  guard.write("/proc/sys/kernel/threads-max", "20000");
  const auto before = host_snapshot();
  // As if nearly as many ran: to reach the limit for real would stop the whole machine.
  const Proposal proposal = plan("system-tasks",
                                 {{"host.threads", std::int64_t{19999}},
                                  {"host.threads_max", std::int64_t{20000}},
                                  {"host.pid_max", std::int64_t{4194304}},
                                  {"host.mem_total", std::int64_t{16} << 30}},
                                 "system-task-limit");
  ASSERT_EQ(proposal.steps.size(), 1U);
  apply_and_undo(proposal.steps,
                 [] { EXPECT_EQ(read_file("/proc/sys/kernel/threads-max"), "39998\n"); });
  EXPECT_EQ(difference(before, host_snapshot()), "");
}

TEST(KnobsOfTheHost, ThePastedLinesAndTheirUndoingWork) {
  HostGuard guard;
  guard.write("/proc/sys/kernel/threads-max", "20000");
  const auto before = host_snapshot();
  const Proposal proposal = plan("system-tasks",
                                 {{"host.threads", std::int64_t{19999}},
                                  {"host.threads_max", std::int64_t{20000}},
                                  {"host.pid_max", std::int64_t{4194304}}},
                                 "system-task-limit");
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(run_program({"/bin/sh", "-c", proposal.steps.front().shell}).exit_code, 0);
  EXPECT_EQ(read_file("/proc/sys/kernel/threads-max"), "39998\n");
  EXPECT_EQ(run_program({"/bin/sh", "-c", proposal.steps.front().undo_shell}).exit_code, 0);
  EXPECT_EQ(difference(before, host_snapshot()), "");
}

}  // namespace
}  // namespace forkmend::testing
