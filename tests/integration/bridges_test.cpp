// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Whole runs of the program with remedies of the server's configuration: what mitigates ends
// mitigated and says so, a lease ends by itself, first aid goes with the cause, and a filter that
// kills the save child is got round for good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "engine/database.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

using ::testing::HasSubstr;

std::string policy_of(const std::string& rule) {
  return "schema = 1\nmode = \"heal\"\n[rails]\nmax_risk = \"durability\"\n[[rule]]\nname = "
         "\"r\"\n" +
         rule;
}

class Bridges : public ::testing::Test {
 protected:
  void start(std::vector<std::string> arguments) {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = std::move(arguments);
    server_ = std::make_unique<RedisServer>(options);
  }

  void break_saves() {
    server_->call({"SET", "a", "1"});
    refuse_forks_by_nproc(server_->pid());
    server_->save_that_fails();
  }

  boost::json::object fix(const std::string& policy, std::vector<std::string> more,
                          int* exit_code) const {
    std::vector<std::string> words = {"--policy",    forkmend_.policy(policy), "fix", "--yes", "-i",
                                      server_->url()};
    words.insert(words.end(), more.begin(), more.end());
    return forkmend_.json(words, exit_code);
  }

  [[nodiscard]] std::string setting(const std::string& name) const {
    const std::string answer = server_->call({"CONFIG", "GET", name});
    return answer.substr(std::min(answer.size(), name.size() + 1));
  }

  /// As if all that is recorded had been done a day ago.
  void let_a_day_pass() const {
    const std::string path = forkmend_.state_dir() + "/journal.db";
    auto journal = engine::Database::open(path, engine::Database::Access::read_write);
    ASSERT_TRUE(journal) << journal.error().message;
    const auto done = journal->execute("UPDATE change SET at = at - 86400000000");
    ASSERT_TRUE(done) << done.error().message;
  }

  std::unique_ptr<RedisServer> server_;
  Forkmend forkmend_{ordinary_user()};
};

TEST_F(Bridges, StopWritesEndsMitigatedAndItsLeaseEndsByItself) {
  start({"--save", "3600 1"});
  break_saves();
  const std::string policy =
      policy_of("cause = [\"nproc-limit\"]\ntry = [{ remedy = \"stop-writes\", for = \"10m\" }]\n");
  int exit_code = -1;
  const auto refused = fix(policy, {}, &exit_code);
  EXPECT_EQ(exit_code, 11) << refused;
  EXPECT_THAT(server_->call({"SET", "a", "2"}), HasSubstr("MISCONF"));

  const auto done = fix(policy, {"--allow", "durability"}, &exit_code);
  EXPECT_EQ(exit_code, 14) << done;
  EXPECT_EQ(at_path(done, "instances.0.outcome.state"), "mitigated");
  EXPECT_EQ(at_path(done, "instances.0.outcome.healed_by"), "");
  EXPECT_EQ(at_path(done, "instances.0.outcome.mitigated_by"), "stop-writes");
  EXPECT_EQ(at_path(done, "instances.0.outcome.verified"), "[]");
  EXPECT_EQ(at_path(done, "instances.0.outcome.changes.0.step.lease"), "600");
  EXPECT_EQ(server_->call({"SET", "a", "2"}), "OK");
  EXPECT_EQ(server_->info("rdb_last_bgsave_status"), "err");
  const std::string id = at_path(done, "instances.0.outcome.incident");
  EXPECT_THAT(forkmend_.run({"history", "show", id}).out, HasSubstr("  until 20"));
  EXPECT_THAT(forkmend_.run({"history"}).out, HasSubstr("mitigated"));

  let_a_day_pass();
  EXPECT_EQ(forkmend_.run({"fix", "--dry-run", "-i", server_->url()}).exit_code, 10);
  EXPECT_EQ(setting("stop-writes-on-bgsave-error"), "no") << "a dry-run changes nothing";
  EXPECT_EQ(forkmend_.run({"agent", "--once", "--mode", "observe", "-i", server_->url()}).exit_code,
            1);
  EXPECT_EQ(setting("stop-writes-on-bgsave-error"), "yes");
  EXPECT_THAT(forkmend_.run({"history", "show", id}).out, HasSubstr("the lease of 10 min is over"));
}

TEST_F(Bridges, AnOverdueLeaseIsEndedByRollbackAndByFix) {
  for (const auto& words :
       {std::vector<std::string>{"rollback", "--all"}, std::vector<std::string>{"fix", "--yes"}}) {
    start({"--save", "3600 1"});
    break_saves();
    int exit_code = -1;
    fix(policy_of("try = [\"stop-writes\"]\n"),
        {"--allow", "durability", "--override", "cooldown,breaker"}, &exit_code);
    EXPECT_EQ(exit_code, 14);
    let_a_day_pass();
    std::vector<std::string> run = words;
    run.insert(run.end(), {"-i", server_->url()});
    static_cast<void>(forkmend_.run(run));
    EXPECT_EQ(setting("stop-writes-on-bgsave-error"), "yes") << words.front();
  }
}

TEST_F(Bridges, FewerSavesAreAMitigationAndSayWhatIsAtRisk) {
  start({"--save", "60 1"});
  break_saves();
  const Forkmend& forkmend = forkmend_;
  const std::string policy = forkmend.policy(policy_of(
      "cause = [\"nproc-limit\"]\ntry = [{ remedy = \"save-schedule\", to = \"7200 1\" }]\n"));
  const auto done = forkmend.run({"--policy", policy, "fix", "--yes", "-i", server_->url()});
  EXPECT_EQ(done.exit_code, 14) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("MITIGATED, NOT HEALED"));
  EXPECT_THAT(done.out, HasSubstr("at risk: 1 changes"));
  EXPECT_EQ(setting("save"), "7200 1");
  EXPECT_EQ(forkmend.run({"rollback", "--all", "-i", server_->url()}).exit_code, 0);
  EXPECT_EQ(setting("save"), "60 1");
}

TEST_F(Bridges, NothingIsEvictedForACauseThatThatDoesNotCure) {
  start({"--save", "3600 1"});
  server_->call(
      {"EVAL", "for i = 1, 1000 do redis.call('SET', 'k:' .. i, string.rep('x', 10000)) end", "0"});
  break_saves();
  int exit_code = -1;
  const std::string policy =
      "schema = 1\nmode = \"heal\"\n[rails]\nmax_risk = \"lossy\"\n[[rule]]\nname = \"r\"\n"
      "try = [{ remedy = \"maxmemory\", to = \"4MiB\", policy = \"allkeys-lru\" }]\n";
  const auto done = fix(policy, {"--allow", "lossy"}, &exit_code);
  EXPECT_EQ(exit_code, 14) << done;
  EXPECT_THAT(at_path(done, "instances.0.refused.0.because"),
              HasSubstr("less data is no answer to nproc-limit"));
  EXPECT_EQ(server_->info("evicted_keys"), "0");
}

TEST_F(Bridges, RewritesArePausedAsFirstAidAndGoOnOnceForksWork) {
  start({"--save", "3600 1", "--appendonly", "yes"});
  server_->call({"SET", "a", "1"});
  refuse_forks_by_nproc(server_->pid());
  server_->save_that_fails();
  int exit_code = -1;
  const auto done = fix(policy_of("first_aid = [\"pause-aof-rewrite\"]\ntry = [\"nproc-limit\"]\n"),
                        {}, &exit_code);
  EXPECT_EQ(exit_code, 0) << done;
  EXPECT_EQ(at_path(done, "instances.0.outcome.changes.0.step.remedy"), "pause-aof-rewrite");
  EXPECT_EQ(at_path(done, "instances.0.outcome.changes.0.state"), "undone");
  EXPECT_EQ(setting("auto-aof-rewrite-percentage"), "100");
}

TEST_F(Bridges, ACureThatIsNoneIsNotAppliedAndSaysWhy) {
  start({"--save", "3600 1", "--repl-diskless-sync", "no"});
  break_saves();
  int exit_code = -1;
  const auto done =
      fix(policy_of(
              "try = [\"diskless-replication\", \"replica-persistence\", \"incremental-fsync\"]\n"),
          {"--allow", "durability"}, &exit_code);
  EXPECT_EQ(exit_code, 14) << done;
  EXPECT_THAT(at_path(done, "instances.0.refused.0.because"), HasSubstr("forks as any save does"));
  EXPECT_EQ(at_path(done, "instances.0.refused.1.because"), "no replica is connected");
}

TEST_F(Bridges, AFilteredSystemCallIsGotRoundAndKept) {
  const char* launcher = std::getenv("FORKMEND_SECCOMP_LAUNCHER");
  ASSERT_NE(launcher, nullptr);
  TempDir dir;
  const std::string conf = (dir.path() / "redis.conf").string();
  const std::string mine = "# mine\nmaxmemory 0\n";
  write_tree(dir.path(), {{"/redis.conf", mine}});
  const auto user = ordinary_user();
  if (user) {
    ASSERT_EQ(chown(conf.c_str(), *user, *user), 0);
  }
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  ServerOptions options;
  options.run_as = user;
  options.arguments = {"--save", "3600 1"};
  options.prefix = {launcher, std::to_string(SYS_sync_file_range), "sh", "-c",
                    "exec \"$0\" " + conf + " \"$@\""};
  server_ = std::make_unique<RedisServer>(options);
  // Random, so that it is not compressed below the 4 MiB after which the call is made.
  server_->call({"DEBUG", "POPULATE", "20", "big", "1000000"});
  server_->call({"CONFIG", "SET", "rdbcompression", "no"});
  server_->call({"BGSAVE"});
  server_->wait_for_log("terminated by signal 31");
  const Forkmend ours;
  int exit_code = -1;
  const std::string policy = ours.policy(policy_of(
      "cause = [\"seccomp\"]\ntry = [\"incremental-fsync\"]\npersist = \"after-verify\"\n"));
  const auto done =
      ours.json({"--policy", policy, "fix", "--yes", "-i", server_->url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << done;
  EXPECT_EQ(at_path(done, "instances.0.outcome.state"), "healed");
  EXPECT_THAT(read_file(conf), HasSubstr("rdb-save-incremental-fsync no"));
  EXPECT_EQ(ours.run({"rollback", "--all", "-i", server_->url()}).exit_code, 0);
  EXPECT_EQ(read_file(conf), mine);
  EXPECT_EQ(setting("rdb-save-incremental-fsync"), "yes");
}

}  // namespace
}  // namespace forkmend::testing
