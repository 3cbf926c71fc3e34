// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A server's password is in no argument, no output, no log, no record, no bundle and no core.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/text.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPassword = "s3cret-that-nobody-may-see";

class Secrets : public ::testing::Test {
 protected:
  Secrets() : server_(options()), forkmend_(ordinary_user()) {
    refuse_forks_by_nproc(server_.pid());
    server_.save_that_fails();
  }

  static ServerOptions options() {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.password = kPassword;
    options.arguments = {"--save", "3600 1"};
    return options;
  }

  void expect_silent(std::vector<std::string> words) const {
    words.insert(words.begin(), {"-v", "-v"});
    const auto result = forkmend_.run(words, {{"REDISCLI_AUTH", kPassword}});
    EXPECT_GE(result.exit_code, 0);
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(kPassword))) << join(words, " ");
  }

  RedisServer server_;
  Forkmend forkmend_;
};

TEST_F(Secrets, AreInNoOutputAndNothingThatIsKept) {
  const std::string bundle = forkmend_.state_dir() + "/bundle";
  const std::vector<std::string> server{"-i", server_.url()};
  for (std::vector<std::string> words : {std::vector<std::string>{"diagnose"},
                                         {"audit"},
                                         {"facts", "--json"},
                                         {"forecast"},
                                         {"policy", "explain"},
                                         {"capture", bundle},
                                         {"fix", "--dry-run", "--json"},
                                         {"agent", "--once", "--mode", "heal"}}) {
    words.insert(words.end(), server.begin(), server.end());
    expect_silent(std::move(words));
  }
  expect_silent({"history", "--json"});
  expect_silent({"rollback", "--all"});
  const auto kept = run_program({"grep", "-r", "-l", "-a", "-F", kPassword, forkmend_.state_dir()});
  EXPECT_EQ(kept.exit_code, 1) << "the password is kept in: " << kept.out;
  EXPECT_NE(run_program({"grep", "-r", "-l", "-a", "-F", "healed", forkmend_.state_dir()}).out, "")
      << "grep finds what is there";
}

/// The agent at work, once it has said something.
TEST_F(Secrets, AreInNoArgumentOfTheAgentAndInNoCoreOfIt) {
  const std::string program = forkmend_.state_dir() + "/../forkmend";
  ProgramOptions options;
  options.run_as = ordinary_user();
  options.environment = {{"REDISCLI_AUTH", kPassword}};
  const pid_t agent = start_program({program, "--state", forkmend_.state_dir(), "agent", "--mode",
                                     "observe", "-i", server_.url()},
                                    options);
  // INFO is counted from its first question on: it is past its beginning then.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server_.call({"INFO", "commandstats"}).find("cmdstat_config|get") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), end) << "the agent asked nothing";
  }
  const std::string place = "/proc/" + std::to_string(agent);
  EXPECT_THAT(read_file(place + "/cmdline"), Not(HasSubstr(kPassword)));
  EXPECT_THAT(read_file(place + "/cmdline"), HasSubstr("observe"));
  // One byte is less than any core has, and keeps the handler of cores from being started.
  EXPECT_THAT(read_file(place + "/limits"), ContainsRegex("Max core file size +1 "));
  end_program(agent);
}

}  // namespace
}  // namespace forkmend::testing
