// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "agent/engine/await.hpp"
#include "agent/engine/changes.hpp"
#include "engine/live_actuator.hpp"
#include "engine/recorded_changes.hpp"
#include "host/process.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using remediations::StepType;
using remediations::Target;
using testing::await;

/// A process of the test's own that waits to be killed. Its limits and its start time are real: no
/// tree of files can stand in for prlimit(2).
class Sleeper {
 public:
  Sleeper() : pid_(fork()) {
    if (pid_ != 0) return;
    while (true) pause();
  }
  ~Sleeper() { end(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  [[nodiscard]] Target target() const {
    Target made;
    made.type = StepType::rlimit;
    made.name = "nofile";
    made.pid = pid_;
    made.process_start = host::read_stat(host::Root(), pid_).value().start_time;
    return made;
  }

  [[nodiscard]] rlimit limits() const {
    rlimit now{};
    EXPECT_EQ(prlimit(pid_, RLIMIT_NOFILE, nullptr, &now), 0);
    return now;
  }

 private:
  pid_t pid_;
};

std::string text_of(const rlimit& limits) {
  return std::to_string(limits.rlim_cur) + ":" + std::to_string(limits.rlim_max);
}

TEST(RlimitStep, ChangesARunningProcessAndBack) {
  const Sleeper process;
  LiveActuator actuator(host::Root(), {});
  const std::string before = text_of(process.limits());
  EXPECT_EQ(await(actuator.read(process.target())).value(), before);
  const std::string lower = "32:" + std::to_string(process.limits().rlim_max);
  ASSERT_TRUE(
      await(actuator.change({.target = process.target(), .expected = before, .value = lower})));
  EXPECT_EQ(process.limits().rlim_cur, 32U);
  ASSERT_TRUE(
      await(actuator.change({.target = process.target(), .expected = lower, .value = before})));
  EXPECT_EQ(text_of(process.limits()), before);
}

TEST(RlimitStep, LeavesAnotherProcessWithTheSamePidAlone) {
  const Sleeper process;
  LiveActuator actuator(host::Root(), {});
  Target earlier = process.target();
  earlier.process_start -= 1;
  EXPECT_EQ(await(actuator.read(earlier)).value(), std::nullopt);
  const std::string before = text_of(process.limits());
  EXPECT_FALSE(await(actuator.change({.target = earlier, .expected = before, .value = "16:16"})));
  EXPECT_FALSE(
      await(actuator.change({.target = earlier, .expected = std::nullopt, .value = "16:16"})));
  EXPECT_EQ(text_of(process.limits()), before);
}

TEST(RlimitStep, IsGoneWithTheProcess) {
  const testing::TempDir dir;
  const auto journal = testing::journal_with_incident(dir.path());
  LiveActuator actuator(host::Root(), {});
  Sleeper process;
  auto step = testing::step(StepType::rlimit, "nofile", text_of(process.limits()), "32:32");
  step.target = process.target();
  const auto applied =
      await(apply_step(journal.get(), &actuator, testing::change_of(std::move(step))));
  ASSERT_EQ(applied->state, ChangeState::applied) << applied->comment;
  process.end();
  const auto item = await(undo_step(journal.get(), &actuator, *applied));
  EXPECT_EQ(item.result, ChangeState::undone);
  EXPECT_EQ(item.says, "gone with the process");
}

TEST(RlimitStep, RefusesWhatIsNoLimit) {
  const Sleeper process;
  LiveActuator actuator(host::Root(), {});
  const std::string before = text_of(process.limits());
  for (const char* wrong : {"16", "16:", "2:1", "-1:5", "max:max", "unlimited:5"}) {
    const auto changed =
        await(actuator.change({.target = process.target(), .expected = before, .value = wrong}));
    EXPECT_EQ(changed.error().code, Errc::invalid) << wrong;
  }
  Target unknown = process.target();
  unknown.name = "rttime";
  EXPECT_EQ(await(actuator.read(unknown)).error().code, Errc::invalid);
  Target nameless = process.target();
  nameless.process_start = 0;
  EXPECT_EQ(await(actuator.read(nameless)).error().code, Errc::invalid);
  EXPECT_EQ(text_of(process.limits()), before);
}

}  // namespace
}  // namespace forkmend::engine
