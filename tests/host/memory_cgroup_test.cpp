// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A child that the kernel kills for the limit of a memory cgroup, for real.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

bool is_version_1() {
  return std::filesystem::exists("/sys/fs/cgroup/memory/cgroup.procs");
}

class MemoryCgroup : public ::testing::Test {
 protected:
  MemoryCgroup() {
    const std::string root = is_version_1() ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
    cgroup_ = root + "/forkmend-test-" + std::to_string(getpid());
    guard_.make_cgroup(cgroup_);
    ServerOptions options;
    options.run_as = ordinary_user();
    // The child, not its parent, is to be the victim.
    options.arguments = {"--save", "3600 1", "--oom-score-adj", "yes"};
    server_.emplace(options);
    write_text(cgroup_ + "/cgroup.procs", std::to_string(server_->pid()));
    fill('a');
    limit(48);
  }

  /// 30 MiB of values, each byte of them written.
  void fill(char letter) {
    server_->call({"EVAL",
                   "for i = 1, 30 do redis.call('SET', 'big:' .. i, string.rep(ARGV[1], 1048576)) "
                   "end return 'OK'",
                   "0", std::string(1, letter)});
  }

  void limit(int mib) {
    write_text(cgroup_ + (is_version_1() ? "/memory.limit_in_bytes" : "/memory.max"),
               std::to_string(mib * 1024 * 1024));
  }

  HostGuard guard_;
  std::string cgroup_;
  std::optional<RedisServer> server_;
};

TEST_F(MemoryCgroup, TheKernelsKillIsProvenFromItsLog) {
  (void)server_->start_slow_save();
  // What the child still needs cannot be freed, so the new values come on top of the old ones.
  fill('b');
  server_->wait_for_log("terminated by signal 9");
  int exit_code = -1;
  const auto document = Forkmend().json({"diagnose", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 1) << document;
  EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "cgroup-oom") << document;
  EXPECT_EQ(at_path(document, "instances.0.causes.0.confidence"), "proven");
  EXPECT_NE(at_path(document, "instances.0.causes.0.evidence").find("Killed process"),
            std::string::npos);
  EXPECT_NE(at_path(document, "instances.0.causes.0.evidence").find("forkmend-test-"),
            std::string::npos);
  EXPECT_EQ(at_path(document, "instances.0.failures.0.stage"), "child-signal");
}

TEST_F(MemoryCgroup, MoreMemoryHealsItAndIsUndone) {
  (void)server_->start_slow_save();
  fill('b');
  server_->wait_for_log("terminated by signal 9");
  server_->call({"CONFIG", "SET", "rdb-key-save-delay", "0"});
  const std::string file = cgroup_ + (is_version_1() ? "/memory.limit_in_bytes" : "/memory.max");
  const std::string before = read_file(file);
  const Forkmend forkmend;
  const std::string policy = forkmend.policy(
      "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"more\"\ncause = [\"cgroup-oom\"]\n"
      "try = [\"memory-limit\"]\n");
  int exit_code = -1;
  const auto document =
      forkmend.json({"--policy", policy, "fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "memory-limit");
  EXPECT_GT(std::stoll(read_file(file)), std::stoll(before));
  const auto undone = forkmend.run({"rollback", "--all"});
  EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
  EXPECT_EQ(read_file(file), before);
}

/// The number of a line of memory.events, or of its version 1.
std::string oom_kills(const std::string& cgroup) {
  const std::string text =
      read_file(cgroup + (is_version_1() ? "/memory.oom_control" : "/memory.events"));
  for (const auto line : lines_of(text)) {
    if (line.starts_with("oom_kill ")) return std::string(line);
  }
  return {};
}

TEST_F(MemoryCgroup, AProofIsEndedBeforeItsCopiesTakeWhatIsLeft) {
  limit(80);
  server_->call({"CONFIG", "SET", "stop-writes-on-bgsave-error", "no"});
  refuse_forks_by_nproc(server_->pid());
  server_->save_that_fails();
  server_->call({"CONFIG", "SET", "rdb-key-save-delay", "1000000"});
  const std::string kills = oom_kills(cgroup_);
  const Forkmend forkmend;
  const std::string policy = forkmend.policy(
      "schema = 1\nmode = \"heal\"\n[rails]\nput_off_above = { copied_of_free = \"off\" }\n"
      "abort_above = { copied_of_free = \"30%\", memory_pressure = \"off\" }\n"
      "[[rule]]\nname = \"tasks\"\ncause = [\"nproc-limit\"]\ntry = [\"nproc-limit\"]\n");
  const std::size_t log_before = read_file(server_->log_file()).size();
  const std::string output = server_->directory() + "/fix.out";
  const pid_t fix =
      forkmend.start({"--policy", policy, "fix", "--yes", "-i", server_->url()}, output);
  server_->wait_for_log("Background saving started", log_before);
  fill('b');  // while the child keeps the old values
  int status = 0;
  ASSERT_EQ(waitpid(fix, &status, 0), fix);
  const std::string said = read_file(output);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 12) << said;
  EXPECT_NE(said.find("of what was free, above 30 % (abort_above.copied_of_free)"),
            std::string::npos)
      << said;
  EXPECT_EQ(server_->info("rdb_bgsave_in_progress"), "0");
  EXPECT_EQ(server_->call({"SET", "order:1", "paid"}), "OK");
  EXPECT_EQ(oom_kills(cgroup_), kills);
  EXPECT_TRUE(nproc_limits(server_->pid()).starts_with("1:"));
}

}  // namespace
}  // namespace forkmend::testing
