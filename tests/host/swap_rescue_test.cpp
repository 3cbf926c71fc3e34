// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A fork that strict overcommit refuses, let through by a swap file: the whole way, and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

using ::testing::HasSubstr;

constexpr long long kMiBytes = 1 << 20;
/// What the rest of the machine may still commit; the server holds more than that.
constexpr long long kSpare = 1536 * kMiBytes;
constexpr const char* kKeysOfRescue = "2300";
constexpr const char* kRescuePath = "/var/lib/swap.forkmend";

class SwapRescue : public ::testing::Test {
 protected:
  SwapRescue() {
    guard_.clear_swap(kRescuePath);
    guard_.write("/proc/sys/vm/overcommit_kbytes",
                 std::to_string(meminfo_bytes("Committed_AS") / 1024 + 12LL * 1024 * 1024));
    guard_.write("/proc/sys/vm/overcommit_memory", "2");
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--save", "3600 1"};
    server_.emplace(options);
    server_->call({"DEBUG", "POPULATE", kKeysOfRescue, "key", "1000000"});
    guard_.write("/proc/sys/vm/overcommit_kbytes",
                 std::to_string((meminfo_bytes("Committed_AS") + kSpare) / 1024));
    server_->save_that_fails();
    before_ = host_snapshot();
  }

  [[nodiscard]] std::string policy(const std::string& attempts) const {
    return forkmend_.policy(
        "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"named\"\ncause = [\"commit-limit\"]\n"
        "try = [" +
        attempts + "]\n");
  }

  HostGuard guard_;
  std::optional<RedisServer> server_;
  Forkmend forkmend_;
  std::map<std::string, std::string> before_;
};

TEST_F(SwapRescue, HealsWhereTheFirstRemedyIsRefusedAndIsUndone) {
  // One that is named too low to help, then the swap file.
  const std::string rule = policy(
      "{ remedy = \"overcommit-limit\", raise_to = \"1MiB\" }, { remedy = \"swapfile\", "
      "priority = 0 }");
  int exit_code = -1;
  const auto document =
      forkmend_.json({"--policy", rule, "fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.refused.0.remedy"), "overcommit-limit");
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "swapfile");
  EXPECT_EQ(server_->info("rdb_last_bgsave_status"), "ok");
  EXPECT_THAT(read_file("/proc/swaps"), HasSubstr(kRescuePath));
  EXPECT_EQ(read_file("/proc/sys/vm/overcommit_memory"), "2\n");
  const auto undone = forkmend_.run({"rollback", "--all"});
  EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
  EXPECT_FALSE(std::filesystem::exists(kRescuePath));
  EXPECT_EQ(difference(before_, host_snapshot()), "");
}

TEST_F(SwapRescue, ThePastedLinesDoWhatTheySay) {
  const std::string rule = policy("\"swapfile\"");
  int exit_code = -1;
  const auto document =
      forkmend_.json({"--policy", rule, "fix", "--dry-run", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 10) << document;
  const std::string shell = at_path(document, "instances.0.plan.steps.0.shell");
  const std::string undo = at_path(document, "instances.0.plan.steps.0.undo");
  const auto done = run_program({"/bin/sh", "-c", shell});
  EXPECT_EQ(done.exit_code, 0) << shell << "\n" << done.err;
  EXPECT_THAT(read_file("/proc/swaps"), HasSubstr(kRescuePath));
  EXPECT_EQ(forkmend_.run({"forecast", "-i", server_->url()}).exit_code, 0);
  // Typed twice, it leaves the file that is in use alone.
  EXPECT_NE(run_program({"/bin/sh", "-c", shell}).exit_code, 0);
  EXPECT_THAT(read_file("/proc/swaps"), HasSubstr(kRescuePath));
  const auto undone = run_program({"/bin/sh", "-c", undo});
  EXPECT_EQ(undone.exit_code, 0) << undo << "\n" << undone.err;
  EXPECT_EQ(difference(before_, host_snapshot()), "");
}

}  // namespace
}  // namespace forkmend::testing
