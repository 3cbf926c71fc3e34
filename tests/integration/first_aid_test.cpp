// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A replica whose save fails, and nothing that the policy could mend it with: it is guarded all the
// same, that is not called healed, and the guard goes when nothing needs it any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/database.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto* kReplicaGuard = "replica-ignore-disk-write-errors";
constexpr auto* kFirstAidPolicy =
    "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"nothing mends it\"\n"
    "cause = [\"nproc-limit\"]\nfirst_aid = [\"guard-replica\"]\ntry = [\"memory-purge\"]\n";

class FirstAidAlone : public ::testing::Test {
 protected:
  FirstAidAlone() : server_(options()) {
    server_.call({"SET", "a", "1"});
    limits_ = nproc_limits(server_.pid());
    refuse_forks_by_nproc(server_.pid());
    server_.save_that_fails();
  }

  static ServerOptions options() {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--save",
                         "3600 1",
                         "--replicaof",
                         "127.0.0.1 1",
                         "--" + std::string(kReplicaGuard),
                         "no",
                         "--replica-read-only",
                         "no"};
    return options;
  }

  [[nodiscard]] std::string guard() {
    const std::string name(kReplicaGuard);
    const std::string answer = server_.call({"CONFIG", "GET", name});
    return answer.substr(std::min(answer.size(), name.size() + 1));
  }

  ProgramResult run(std::vector<std::string> words) {
    words.insert(words.end(), {"-i", server_.url()});
    return forkmend_.run(words);
  }

  /// As if the lease had begun a day ago.
  void let_a_day_pass() {
    const std::string path = forkmend_.state_dir() + "/journal.db";
    auto journal = engine::Database::open(path, engine::Database::Access::read_write);
    ASSERT_TRUE(journal) << journal.error().message;
    const auto done = journal->execute("UPDATE change SET at = at - 86400000000");
    ASSERT_TRUE(done) << done.error().message;
  }

  RedisServer server_;
  std::string limits_;
  Forkmend forkmend_{ordinary_user()};
};

TEST_F(FirstAidAlone, IsGivenAndStaysAsLongAsItIsNeeded) {
  ASSERT_EQ(guard(), "no");
  const std::string policy = forkmend_.policy(kFirstAidPolicy);
  int exit_code = -1;
  const auto done =
      forkmend_.json({"--policy", policy, "fix", "--yes", "-i", server_.url()}, &exit_code);
  EXPECT_EQ(exit_code, 14) << done;
  EXPECT_EQ(at_path(done, "instances.0.outcome.state"), "mitigated");
  EXPECT_EQ(at_path(done, "instances.0.outcome.mitigated_by"), "guard-replica");
  EXPECT_EQ(guard(), "yes");
  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "err");

  // A second run finds the guard in place.
  EXPECT_EQ(run({"--policy", policy, "fix", "--yes"}).exit_code, 14);

  let_a_day_pass();
  EXPECT_EQ(run({"agent", "--once", "--mode", "observe"}).exit_code, 1);
  EXPECT_EQ(guard(), "yes") << "the save is failed: without the guard the replica would abort";

  set_nproc(server_.pid(), limits_);
  server_.call({"BGSAVE"});
  server_.wait_for_log("Background saving terminated with success");
  let_a_day_pass();
  EXPECT_EQ(run({"agent", "--once", "--mode", "observe"}).exit_code, 0);
  EXPECT_EQ(guard(), "no");
  EXPECT_THAT(run({"history"}).out, HasSubstr("mitigated"));
}

}  // namespace
}  // namespace forkmend::testing
