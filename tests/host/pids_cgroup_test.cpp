// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// EAGAIN by a pids cgroup, for real; and a wrong fix for it, which is not kept.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

class PidsCgroup : public ::testing::Test {
 protected:
  PidsCgroup()
      : cgroup_(pids_root() + "/forkmend-test-" + std::to_string(getpid()) + "-" + unique()) {
    guard_.make_cgroup(cgroup_);
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--save", "3600 1"};
    server_.emplace(options);
    server_->call({"SET", "order:1", "paid"});
    write_text(cgroup_ + "/cgroup.procs", std::to_string(server_->pid()));
    write_text(cgroup_ + "/pids.max", std::string(trim(read_file(cgroup_ + "/pids.current"))));
    limit_ = read_file(cgroup_ + "/pids.max");
    server_->save_that_fails();
    before_ = host_snapshot();
  }

  // The kernel names a cgroup in its log once in the cgroup's life: each test has one of its own.
  static std::string unique() {
    return ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  HostGuard guard_;
  std::string cgroup_;
  std::optional<RedisServer> server_;
  Forkmend forkmend_;
  std::string limit_;
  std::map<std::string, std::string> before_;
};

TEST_F(PidsCgroup, IsProvenHealedAndUndone) {
  int exit_code = -1;
  const auto document = forkmend_.json({"fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.failures.0.errno"), "EAGAIN");
  EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "pids-limit");
  EXPECT_EQ(at_path(document, "instances.0.causes.0.confidence"), "proven");
  EXPECT_NE(
      at_path(document, "instances.0.causes.0.evidence").find("fork rejected by pids controller"),
      std::string::npos)
      << at_path(document, "instances.0.causes.0.evidence");
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "tasks-limit");
  EXPECT_NE(read_file(cgroup_ + "/pids.max"), limit_);

  EXPECT_EQ(forkmend_.run({"rollback", "--all"}).exit_code, 0);
  EXPECT_EQ(read_file(cgroup_ + "/pids.max"), limit_);
  EXPECT_EQ(difference(before_, host_snapshot()), "");
}

// What has no part in the cause is not even tried, whatever the policy says.
TEST_F(PidsCgroup, AWrongFixIsRefused) {
  guard_.write("/sys/kernel/mm/transparent_hugepage/enabled", "always");
  before_ = host_snapshot();
  const std::string policy = forkmend_.policy(
      "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"only thp\"\n"
      "try = [{ remedy = \"thp\", to = \"never\" }]\npersist = \"after-verify\"\n");
  int exit_code = -1;
  const auto document =
      forkmend_.json({"--policy", policy, "fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 14) << document;
  EXPECT_EQ(at_path(document, "instances.0.refused.0.remedy"), "thp");
  EXPECT_EQ(at_path(document, "instances.0.refused.0.because"),
            "it has no part in pids-limit, which is the cause");
  EXPECT_EQ(difference(before_, host_snapshot()), "");
}

// The fork is admitted then, but the child cannot write.
TEST_F(PidsCgroup, AFixThatIsNotEnoughIsNotKept) {
  ASSERT_EQ(chmod(server_->directory().c_str(), 0500), 0);
  int exit_code = -1;
  const auto document = forkmend_.json({"fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 12) << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.state"), "not-healed");
  EXPECT_EQ(at_path(document, "instances.0.outcome.changes.0.state"), "undone");
  EXPECT_EQ(difference(before_, host_snapshot()), "");
  EXPECT_EQ(read_file(cgroup_ + "/pids.max"), limit_);
  ASSERT_EQ(chmod(server_->directory().c_str(), 0700), 0);

  const auto history = forkmend_.json({"history"}, &exit_code);
  EXPECT_EQ(at_path(history, "incidents.0.state"), "not-healed");
}

TEST_F(PidsCgroup, AnAncestorsLimitIsFoundAndRaisedThere) {
  // The server's own group is free; the one above it binds.
  const std::string inner = cgroup_ + "/inner";
  write_text(cgroup_ + "/pids.max", "max");
  guard_.make_cgroup(inner);
  write_text(inner + "/cgroup.procs", std::to_string(server_->pid()));
  write_text(cgroup_ + "/pids.max", std::string(trim(read_file(cgroup_ + "/pids.current"))));
  server_->save_that_fails();
  int exit_code = -1;
  const auto document = forkmend_.json({"fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "pids-limit");
  EXPECT_EQ(read_file(inner + "/pids.max"), "max\n");
  EXPECT_EQ(forkmend_.run({"rollback", "--all"}).exit_code, 0);
  EXPECT_EQ(read_file(cgroup_ + "/pids.max"), limit_);
}

}  // namespace
}  // namespace forkmend::testing
