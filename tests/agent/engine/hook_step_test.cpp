// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/engine/await.hpp"
#include "engine/live_actuator.hpp"
#include "engine/step_access.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;
using remediations::Target;
using testing::await;
using ::testing::HasSubstr;
using testing::TempDir;

/// A hook whose state is a file: do makes it, undo removes it, check looks.
Target file_hook(const fs::path& file) {
  Target target{.type = StepType::hook, .name = "mark", .pid = 812};
  target.endpoint = "redis://127.0.0.1:6379";
  target.commands = R"({"do":["/bin/touch",")" + file.string() + R"("],"undo":["/bin/rm",")" +
                    file.string() + R"("],"check":["/usr/bin/test","-e",")" + file.string() +
                    R"("],"timeout":10})";
  return target;
}

Target hook(const std::string& commands) {
  return {.type = StepType::hook, .name = "mark", .commands = commands};
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(HookStep, DoesChecksAndUndoes) {
  const TempDir dir;
  const fs::path file = dir.path() / "mark";
  LiveActuator actuator{host::Root(), {}};
  const Target target = file_hook(file);
  EXPECT_EQ(await(actuator.read(target)).value(), std::nullopt);
  const auto done = await(actuator.change({target, std::nullopt, "done"}));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(fs::exists(file));
  EXPECT_EQ(await(actuator.read(target)).value(), "done");
  ASSERT_TRUE(await(actuator.change({target, "done", std::nullopt})));
  EXPECT_FALSE(fs::exists(file));
}

TEST(HookStep, GetsACleanEnvironment) {
  const TempDir dir;
  const fs::path file = dir.path() / "environment";
  setenv("FORKMEND_TEST_SECRET", "hunter2", 1);
  Target target = file_hook(file);
  target.commands =
      R"({"check":["/bin/dd","if=/proc/self/environ","of=)" + file.string() + R"("]})";
  ASSERT_TRUE(await(read_hook_step(target)));
  const std::string environment = text_of(file);
  EXPECT_THAT(environment, HasSubstr("FORKMEND_ACTION=check"));
  EXPECT_THAT(environment, HasSubstr("FORKMEND_ENDPOINT=redis://127.0.0.1:6379"));
  EXPECT_THAT(environment, HasSubstr("FORKMEND_PID=812"));
  EXPECT_THAT(environment, HasSubstr("PATH=/"));
  EXPECT_THAT(environment, ::testing::Not(HasSubstr("hunter2")));
}

TEST(HookStep, UsesNoShell) {
  const TempDir dir;
  const fs::path file = dir.path() / "made";
  const Target target = hook(R"({"check":["/bin/echo","x; touch )" + file.string() + R"("]})");
  EXPECT_EQ(await(read_hook_step(target)).value(), "done");
  EXPECT_FALSE(fs::exists(file));
}

TEST(HookStep, TellsHowACommandFailedInHarmlessWords) {
  const auto failed = await(read_hook_step(hook(R"({"check":["/bin/ls","/nowhere-\u001b[31m"]})")));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("exited with 2"));
  EXPECT_THAT(failed.error().message, HasSubstr("/nowhere-"));
  EXPECT_THAT(failed.error().message, ::testing::Not(HasSubstr("\x1b")));
}

TEST(HookStep, IsEndedAtItsTimeLimit) {
  const auto begun = std::chrono::steady_clock::now();
  const auto ended = await(read_hook_step(hook(R"({"check":["/bin/sleep","60"],"timeout":1})")));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Errc::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

TEST(HookStep, RunsOnlyWhatRootAloneCanChange) {
  if (geteuid() != 0) GTEST_SKIP() << "only root must be careful";
  const TempDir dir;
  const fs::path program = dir.path() / "program";
  fs::copy_file("/bin/true", program);
  fs::permissions(program, fs::perms(0777));
  const auto refused = await(read_hook_step(hook(R"({"check":[")" + program.string() + R"("]})")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
}

TEST(HookStep, TakesNothingButCommands) {
  for (const char* commands :
       {"", "[]", "{}", R"({"check":[]})", R"({"check":["true"]})", R"({"check":"/bin/true"})",
        R"({"check":["/bin/true",1]})", R"({"check":["/bin/true","a\u0000b"]})"}) {
    EXPECT_EQ(await(read_hook_step(hook(commands))).error().code, Errc::invalid) << commands;
  }
}

}  // namespace
}  // namespace forkmend::engine
