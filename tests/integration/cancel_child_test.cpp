// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A save that hangs, ended and made anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPolicy =
    "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"hung\"\ncause = [\"hung-child\"]\n"
    "try = [\"cancel-child\"]\n";

/// A server whose child is stopped in the middle of its save.
class HungChild : public ::testing::Test {
 protected:
  HungChild() {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--save", "3600 1"};
    server_.emplace(options);
    child_ = server_->start_slow_save();
    kill(child_, SIGSTOP);
    server_->call({"CONFIG", "SET", "rdb-key-save-delay", "0"});
  }

  std::optional<RedisServer> server_;
  Forkmend forkmend_;
  pid_t child_ = 0;
};

TEST_F(HungChild, IsEndedAndTheNextSaveProven) {
  if (geteuid() != 0) GTEST_SKIP() << "signals to another's process need root";
  const std::string policy = forkmend_.policy(kPolicy);
  int exit_code = -1;
  const auto document =
      forkmend_.json({"--policy", policy, "fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "hung-child");
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "cancel-child");
  EXPECT_EQ(server_->info("rdb_last_bgsave_status"), "ok");
  EXPECT_EQ(server_->info("rdb_bgsave_in_progress"), "0");
  EXPECT_THAT(read_file(server_->log_file()), HasSubstr("Received SIGUSR1 in child"));
  EXPECT_EQ(forkmend_.run({"rollback", "--all"}).exit_code, 0);
}

TEST_F(HungChild, IsEndedByThePastedLines) {
  const std::string policy = forkmend_.policy(kPolicy);
  int exit_code = -1;
  const auto document =
      forkmend_.json({"--policy", policy, "fix", "--dry-run", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 10) << document;
  const std::size_t since = read_file(server_->log_file()).size();
  for (const char* step : {"0", "1"}) {
    const std::string line =
        at_path(document, std::string("instances.0.plan.steps.") + step + ".shell");
    EXPECT_EQ(run_program({"/bin/sh", "-c", line}).exit_code, 0) << line;
    const std::string undo =
        at_path(document, std::string("instances.0.plan.steps.") + step + ".undo");
    EXPECT_EQ(run_program({"/bin/sh", "-c", undo}).exit_code, 0) << undo;
  }
  server_->wait_for_log("terminated by signal 10", since);
  EXPECT_EQ(server_->info("rdb_last_bgsave_status"), "ok");
}

}  // namespace
}  // namespace forkmend::testing
