// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// ENOMEM by strict overcommit, for real: a server started in mode 2, CommitLimit just above what is
// committed. Everything else on the machine keeps a margin.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

constexpr long long kMebibyte = 1 << 20;
/// What the rest of the machine may still commit; the server holds more than that.
constexpr long long kMargin = 1024 * kMebibyte;
constexpr const char* kKeys = "1900";
constexpr const char* kOwnFile = "/etc/sysctl.d/99-zz-forkmend.conf";

/// A server started under strict overcommit whose next fork is refused.
class StrictOvercommit : public ::testing::Test {
 protected:
  StrictOvercommit() {
    guard_.write("/proc/sys/vm/overcommit_kbytes",
                 std::to_string(meminfo_bytes("Committed_AS") / 1024 + 12LL * 1024 * 1024));
    guard_.write("/proc/sys/vm/overcommit_memory", "2");
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--save", "3600 1"};
    server_.emplace(options);
    server_->call({"DEBUG", "POPULATE", kKeys, "key", "1000000"});
    guard_.write("/proc/sys/vm/overcommit_kbytes",
                 std::to_string((meminfo_bytes("Committed_AS") + kMargin) / 1024));
    server_->save_that_fails();
    before_ = host_snapshot();
  }

  HostGuard guard_;
  std::optional<RedisServer> server_;
  Forkmend forkmend_;
  std::map<std::string, std::string> before_;
};

TEST_F(StrictOvercommit, IsProvenHealedAndUndone) {
  int exit_code = -1;
  const auto document = forkmend_.json({"fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.failures.0.errno"), "ENOMEM");
  EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "commit-limit");
  EXPECT_EQ(at_path(document, "instances.0.causes.0.confidence"), "proven");
  EXPECT_NE(at_path(document, "instances.0.causes.0.evidence")
                .find("not enough memory for the allocation"),
            std::string::npos)
      << at_path(document, "instances.0.causes.0.evidence");
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "overcommit-limit");
  EXPECT_EQ(server_->info("rdb_last_bgsave_status"), "ok");
  EXPECT_EQ(read_file("/proc/sys/vm/overcommit_memory"), "2\n");
  EXPECT_NE(read_file(kOwnFile).find("vm.overcommit_kbytes"), std::string::npos);

  const auto undone = forkmend_.run({"rollback", "--all"});
  EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
  EXPECT_EQ(difference(before_, host_snapshot()), "");
}

TEST_F(StrictOvercommit, AStrictModeIsKeptUnlessNamed) {
  const std::string policy = forkmend_.policy(
      "schema = 1\nmode = \"heal\"\n[rails]\nkeep_strict_overcommit = true\n[[rule]]\nname = "
      "\"any\"\n"
      "try = [{ remedy = \"overcommit-memory\" }]\n");
  const auto result = forkmend_.run({"--policy", policy, "fix", "--yes", "-i", server_->url()});
  EXPECT_EQ(result.exit_code, 11) << result.out << result.err;
  EXPECT_NE(result.out.find("strict"), std::string::npos) << result.out;
  EXPECT_EQ(difference(before_, host_snapshot()), "");
}

TEST_F(StrictOvercommit, ModeOneIsTakenWhereTheRuleNamesIt) {
  const std::string policy = forkmend_.policy(
      "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"named\"\ncause = [\"commit-limit\"]\n"
      "try = [{ remedy = \"overcommit-memory\" }]\npersist = \"never\"\n");
  int exit_code = -1;
  const auto document =
      forkmend_.json({"--policy", policy, "fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(read_file("/proc/sys/vm/overcommit_memory"), "1\n");
  EXPECT_FALSE(std::filesystem::exists(kOwnFile));
  EXPECT_EQ(forkmend_.run({"rollback", "--all"}).exit_code, 0);
  EXPECT_EQ(difference(before_, host_snapshot()), "");
}

// The cgroup's limit comes after CommitLimit in copy_process(): raising either alone changes
// nothing.
TEST_F(StrictOvercommit, TwoRemediesAreTakenWhereNoneIsEnoughAlone) {
  const std::string cgroup = pids_root() + "/forkmend-twice-" + std::to_string(getpid());
  guard_.make_cgroup(cgroup);
  write_text(cgroup + "/cgroup.procs", std::to_string(server_->pid()));
  const std::string tasks = read_file(cgroup + "/pids.current");
  write_text(cgroup + "/pids.max", tasks);
  const auto fix = [&](const std::string& attempts) {
    return std::vector<std::string>{
        "--policy",
        forkmend_.policy("schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"listed\"\n"
                         "cause = [\"commit-limit\"]\ntry = [" +
                         attempts + "]\n"),
        "fix",
        "--yes",
        "-i",
        server_->url()};
  };
  for (const std::string alone : {"\"overcommit-limit\"", "\"tasks-limit\""}) {
    EXPECT_NE(forkmend_.run(fix(alone)).exit_code, 0) << alone;
    EXPECT_EQ(difference(before_, host_snapshot()), "") << alone;
  }
  int exit_code = -1;
  const auto document = forkmend_.json(fix("\"overcommit-limit\", \"tasks-limit\""), &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "commit-limit");
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "overcommit-limit + tasks-limit");
  EXPECT_EQ(server_->info("rdb_last_bgsave_status"), "ok");
  EXPECT_NE(read_file(cgroup + "/pids.max"), tasks);
  const auto undone = forkmend_.run({"rollback", "--all"});
  EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
  EXPECT_EQ(read_file(cgroup + "/pids.max"), tasks);
  EXPECT_EQ(difference(before_, host_snapshot()), "");
}

TEST_F(StrictOvercommit, TheForecastSaysWhatWouldHelp) {
  EXPECT_EQ(forkmend_.run({"forecast", "-i", server_->url()}).exit_code, 1);
  EXPECT_EQ(
      forkmend_.run({"forecast", "--what-if", "host.overcommit_memory=1", "-i", server_->url()})
          .exit_code,
      0);
}

}  // namespace
}  // namespace forkmend::testing
