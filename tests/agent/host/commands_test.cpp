// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <exception>
#include <optional>

namespace forkmend::host {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

Result<CommandResult> run(std::vector<std::string> argv, CommandOptions options = {}) {
  boost::asio::io_context loop;
  std::optional<Result<CommandResult>> result;
  boost::asio::co_spawn(loop, run_command(std::move(argv), std::move(options)),
                        [&result](const std::exception_ptr& failure, Result<CommandResult> done) {
                          if (failure) std::rethrow_exception(failure);
                          result = std::move(done);
                        });
  loop.run();
  return *result;
}

std::vector<std::string> shell(std::string script) {
  return {"sh", "-c", std::move(script)};
}

TEST(Commands, RunAProgramWithItsArguments) {
  const auto result = run({"printf", "%s|", "a b", "$HOME", ";x"});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->succeeded());
  EXPECT_EQ(result->out, "a b|$HOME|;x|");
  EXPECT_EQ(result->err, "");
}

TEST(Commands, ReadTheirInput) {
  CommandOptions options;
  options.input = std::string(300000, 'x') + "end";
  const auto result = run({"tail", "-c", "4"}, options);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->out, "xend");
}

TEST(Commands, NeedNotReadTheirInput) {
  CommandOptions options;
  options.input = std::string(300000, 'x');
  const auto result = run({"true"}, options);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->succeeded());
}

TEST(Commands, ReportExitCodeAndErrors) {
  const auto result = run(shell("echo wrong >&2; exit 7"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_EQ(result->signal, 0);
  EXPECT_EQ(result->err, "wrong\n");
  EXPECT_FALSE(result->succeeded());
}

TEST(Commands, ReportTheSignal) {
  const auto result = run(shell("kill -TERM $$"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->signal, SIGTERM);
  EXPECT_FALSE(result->succeeded());
}

TEST(Commands, KillAtTheDeadlineWithAllThatWasStarted) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result =
      run(shell("echo started >&2; tail -f /dev/null & tail -f /dev/null"), {.deadline = 300ms});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::timeout);
  EXPECT_THAT(result.error().message, HasSubstr("did not end within 300 ms"));
  EXPECT_THAT(result.error().message, HasSubstr("started"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(Commands, DoNotWaitForAChildThatKeepsTheOutputOpen) {
  const auto result = run(shell("tail -f /dev/null & echo pid $!"), {.deadline = 20s});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 0);
  ASSERT_TRUE(result->out.starts_with("pid "));
  kill(std::stoi(result->out.substr(4)), SIGKILL);
}

TEST(Commands, GiveACleanEnvironment) {
  setenv("FORKMEND_TEST_SECRET", "x", 1);
  const auto result = run({"env"}, {.environment = {{"FORKMEND_INCIDENT", "i-1"}}});
  ASSERT_TRUE(result);
  EXPECT_THAT(result->out, HasSubstr("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"));
  EXPECT_THAT(result->out, HasSubstr("LC_ALL=C\n"));
  EXPECT_THAT(result->out, HasSubstr("FORKMEND_INCIDENT=i-1\n"));
  EXPECT_THAT(result->out, Not(HasSubstr("FORKMEND_TEST_SECRET")));
}

TEST(Commands, InheritNoOpenFile) {
  const int leaked = dup(STDERR_FILENO);
  const auto result = run(shell("ls /dev/fd/" + std::to_string(leaked)));
  close(leaked);
  ASSERT_TRUE(result);
  EXPECT_NE(result->exit_code, 0);
}

TEST(Commands, BoundTheOutput) {
  const auto result = run(shell("head -c 300000 /dev/zero"), {.output_limit = 1000});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->succeeded());
  EXPECT_EQ(result->out.size(), 1000U);
  EXPECT_TRUE(result->truncated);
}

TEST(Commands, ReadEmptyInput) {
  const auto result = run({"cat"});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->succeeded());
  EXPECT_EQ(result->out, "");
}

TEST(Commands, SayThatAProgramIsMissing) {
  EXPECT_EQ(run({"forkmend-no-such-program"}).error().code, Errc::not_found);
  EXPECT_EQ(run({"/nonexistent/program"}).error().code, Errc::not_found);
  EXPECT_EQ(run({"/etc"}).error().code, Errc::permission_denied);
  EXPECT_EQ(run({}).error().code, Errc::invalid);
  EXPECT_EQ(run({""}).error().code, Errc::not_found);
}

TEST(Commands, RunOneAfterTheOther) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(run({"true"})->succeeded());
}

}  // namespace
}  // namespace forkmend::host
