// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What gets no signal. That a hung child gets one is in tests/integration.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/recorded_changes.hpp"
#include "host/process.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using remediations::Target;
using testing::actuator_on;
using testing::await;
using testing::StepValue;

/// Ourselves, as a process that is no server's child.
Target ourselves() {
  Target target{.type = StepType::signal, .name = "SIGUSR1", .pid = getpid()};
  target.process_start = host::read_stat(host::Root(), getpid())->start_time;
  return target;
}

Result<void> send(Target target, const host::Root& root = host::Root()) {
  auto actuator = actuator_on(root);
  return await(actuator.change({std::move(target), std::nullopt, std::nullopt}));
}

TEST(SignalStep, ReadsAsAbsent) {
  auto actuator = actuator_on(host::Root());
  EXPECT_EQ(await(actuator.read(ourselves())).value(), std::nullopt);
}

TEST(SignalStep, LeavesNothingToUndo) {
  ChangeRecord change =
      testing::change_of(testing::step(StepType::signal, "SIGUSR1", std::nullopt, std::nullopt));
  change.step.target.pid = 900;
  const auto decision = decide_undo(change, StepValue());
  EXPECT_EQ(decision.action, UndoAction::none);
  EXPECT_EQ(decision.says, "pid 900 SIGUSR1 was done once: nothing of it is in force");
}

TEST(SignalStep, ReachesNoProcessButASavesChild) {
  const auto refused = send(ourselves());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_NE(refused.error().message.find("is not a server's child that saves"), std::string::npos);
}

TEST(SignalStep, ReachesNoOtherProcessWithThatPid) {
  Target target = ourselves();
  target.process_start += 1;
  EXPECT_EQ(send(target).error().code, Errc::changed);
}

TEST(SignalStep, IsOneOfTwoSignals) {
  for (const char* name : {"SIGKILL", "SIGTERM", "SIGSTOP", "10", ""}) {
    Target target = ourselves();
    target.name = name;
    EXPECT_EQ(send(target).error().code, Errc::invalid) << name;
  }
}

TEST(SignalStep, NeedsAPidAndAStartTime) {
  for (const std::int64_t pid : {-1, 0, 1}) {
    Target target = ourselves();
    target.pid = pid;
    EXPECT_EQ(send(target).error().code, Errc::invalid) << pid;
  }
  Target target = ourselves();
  target.process_start = 0;
  EXPECT_EQ(send(target).error().code, Errc::invalid);
}

TEST(SignalStep, IsForTheRunningHostOnly) {
  const testing::HostTree tree(testing::Files{{"/etc/hostname", "a\n"}});
  EXPECT_EQ(send(ourselves(), tree.root()).error().code, Errc::unsupported);
}

}  // namespace
}  // namespace forkmend::engine
