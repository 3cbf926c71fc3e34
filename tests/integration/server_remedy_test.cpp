// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Remedies that work through a server's own configuration, on a real server: done, read back, kept
// in its redis.conf, undone; afterwards CONFIG GET * and the file are what they were.
#include "integration/server_remedy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "redis/endpoint.hpp"

namespace forkmend::testing {
namespace {

using remediations::Proposal;
using remediations::Refusal;
using remediations::Step;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kConf = "# of the operator\nsave 3600 1\nsave 300 100\nmaxmemory   0\n";

/// Fills the server with keys that have a TTL, 20 MiB of them.
void fill_with_ttl(const RedisServer& server) {
  server.call({"EVAL",
               "for i = 1, 2000 do redis.call('SET', 'k:' .. i, string.rep('x', 10000), 'EX', "
               "1000000) end",
               "0"});
}

std::int64_t used(const RedisServer& server) {
  return std::stoll(server.info("used_memory"));
}

/// Done by the executor and undone; then done and undone by the lines of the plan.
void goes_and_comes_back(ServerRemedy& one, const Proposal& proposal) {
  const std::string settings = one.settings();
  const std::string conf = one.conf();
  ASSERT_FALSE(proposal.steps.empty());
  EXPECT_EQ(one.apply(proposal.steps), "");
  EXPECT_EQ(one.apply(proposal.persist), "");
  EXPECT_EQ(one.undo(), "");
  EXPECT_EQ(one.settings(), settings);
  EXPECT_EQ(one.conf(), conf);
  for (const Step& step : proposal.steps) ServerRemedy::paste(step.shell);
  for (const Step& step : proposal.persist) ServerRemedy::paste(step.shell);
  EXPECT_NE(one.settings() + one.conf(), settings + conf);
  for (auto step = proposal.persist.rbegin(); step != proposal.persist.rend(); ++step) {
    ServerRemedy::paste(step->undo_shell);
  }
  for (auto step = proposal.steps.rbegin(); step != proposal.steps.rend(); ++step) {
    ServerRemedy::paste(step->undo_shell);
  }
  EXPECT_EQ(one.settings(), settings);
  EXPECT_EQ(one.conf(), conf);
}

TEST(ServerRemedies, MaxmemoryEvictsInStepsAndIsKept) {
  ServerRemedy one(kConf);
  fill_with_ttl(one.server());
  const std::int64_t before = used(one.server());
  const std::int64_t limit = before * 7 / 10;
  const Proposal proposal = one.proposal("maxmemory", {{"to", limit}});
  EXPECT_GE(proposal.steps.size(), 4U);
  EXPECT_EQ(proposal.steps.front().target.name, "maxmemory-policy");
  EXPECT_EQ(proposal.steps.front().after, "volatile-lru");
  ASSERT_EQ(proposal.persist.size(), 2U) << proposal.notes.back();
  const std::string conf = one.conf();
  const std::string settings = one.settings();
  ASSERT_EQ(one.apply(proposal.steps), "");
  EXPECT_LE(used(one.server()), limit + (1 << 20));
  EXPECT_NE(one.server().info("evicted_keys"), "0");
  EXPECT_EQ(one.setting("maxmemory"), std::to_string(limit));
  ASSERT_EQ(one.apply(proposal.persist), "");
  EXPECT_THAT(one.conf(), HasSubstr("maxmemory " + std::to_string(limit)));
  EXPECT_THAT(one.conf(), HasSubstr(conf));
  EXPECT_EQ(one.restarted()->call({"CONFIG", "GET", "maxmemory"}),
            "maxmemory\n" + std::to_string(limit));
  EXPECT_EQ(one.undo(), "");
  EXPECT_EQ(one.settings(), settings);
  EXPECT_EQ(one.conf(), conf);
}

TEST(ServerRemedies, AGradualPlanHasNotMovedBecauseItHasSeveralSteps) {
  ServerRemedy one(kConf);
  fill_with_ttl(one.server());
  engine::Plan plan;
  plan.instance = one.server().url();
  plan.pid = one.server().pid();
  engine::Attempt attempt;
  attempt.steps = one.proposal("maxmemory", {{"to", used(one.server()) / 2}}).steps;
  ASSERT_GE(attempt.steps.size(), 4U);
  plan.attempts.push_back(std::move(attempt));
  EXPECT_THAT(one.moved(plan), Not(HasSubstr("maxmemory was")));
  one.server().call({"CONFIG", "SET", "maxmemory", "1gb"});
  EXPECT_THAT(one.moved(plan), HasSubstr("maxmemory was \"0\", is \"1073741824\" now"));
}

TEST(ServerRemedies, MaxmemoryAboveWhatIsUsedIsSafeAndItsLinesWork) {
  ServerRemedy one(kConf);
  const Proposal proposal = one.proposal("maxmemory", {{"to", std::int64_t{1} << 30}});
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().risk, Risk::safe);
  goes_and_comes_back(one, proposal);
}

TEST(ServerRemedies, MaxmemoryDoesNotEvictKeysWithoutTtlUnasked) {
  ServerRemedy one(kConf);
  one.server().call(
      {"EVAL", "for i = 1, 1000 do redis.call('SET', 'k:' .. i, string.rep('x', 10000)) end", "0"});
  const auto result = one.plan("maxmemory", {{"to", used(one.server()) / 2}});
  ASSERT_TRUE(std::holds_alternative<Refusal>(result));
  EXPECT_THAT(std::get<Refusal>(result).because, HasSubstr("nobody gave a TTL"));
}

TEST(ServerRemedies, MemoryPurgeIsDoneOnceAndLeavesNothing) {
  // Or the allocator's own thread may have been faster.
  ServerRemedy one(std::string(kConf) + "jemalloc-bg-thread no\n");
  fill_with_ttl(one.server());
  one.server().call({"FLUSHALL"});
  const Proposal proposal = one.proposal("memory-purge", {{"at_least", std::int64_t{1}}});
  const std::string settings = one.settings();
  EXPECT_EQ(one.apply(proposal.steps), "");
  EXPECT_EQ(one.undo(), "");
  EXPECT_EQ(one.settings(), settings);
  EXPECT_EQ(ServerRemedy::paste(proposal.steps.front().shell), "OK\n");
}

TEST(ServerRemedies, IncrementalFsyncIsKeptForTheNextStart) {
  ServerRemedy one(kConf);
  const Proposal proposal = one.proposal("incremental-fsync", {}, "seccomp");
  ASSERT_EQ(proposal.persist.size(), 1U) << proposal.notes.back();
  ASSERT_EQ(one.apply(proposal.steps), "");
  ASSERT_EQ(one.apply(proposal.persist), "");
  EXPECT_EQ(one.restarted()->call({"CONFIG", "GET", "rdb-save-incremental-fsync"}),
            "rdb-save-incremental-fsync\nno");
  EXPECT_EQ(one.undo(), "");
  goes_and_comes_back(one, proposal);
}

TEST(ServerRemedies, AFileWhoseLastLineHasNoEndComesBackAsItWas) {
  ServerRemedy one("# of the operator\nmaxmemory 0");
  goes_and_comes_back(one, one.proposal("incremental-fsync", {}, "seccomp"));
}

TEST(ServerRemedies, SaveScheduleAndItsWayBack) {
  ServerRemedy one(kConf);
  const Proposal proposal = one.proposal("save-schedule", {{"to", std::string("7200 1")}});
  EXPECT_TRUE(proposal.persist.empty());
  goes_and_comes_back(one, proposal);
  goes_and_comes_back(one, one.proposal("save-schedule", {{"to", std::string()}}));
}

TEST(ServerRemedies, StopWritesLetsClientsWriteWhileSavesFail) {
  ServerRemedy one(kConf);
  one.server().call({"SET", "a", "1"});
  refuse_forks_by_nproc(one.server().pid());
  one.server().save_that_fails();
  EXPECT_THAT(one.server().call({"SET", "a", "2"}), HasSubstr("MISCONF"));
  const Proposal proposal = one.proposal("stop-writes", {{"for", std::int64_t{60'000}}});
  EXPECT_EQ(proposal.steps.front().lease, 60);
  EXPECT_EQ(proposal.steps.front().risk, Risk::durability);
  ASSERT_EQ(one.apply(proposal.steps), "");
  EXPECT_EQ(one.server().call({"SET", "a", "2"}), "OK");
  EXPECT_EQ(one.undo(), "");
  goes_and_comes_back(one, proposal);
  EXPECT_THAT(one.server().call({"SET", "a", "3"}), HasSubstr("MISCONF"));
}

TEST(ServerRemedies, PauseAofRewriteAndItsWayBack) {
  ServerRemedy one(kConf, {"--appendonly", "yes"});
  goes_and_comes_back(one, one.proposal("pause-aof-rewrite", {}, "nproc-limit"));
}

TEST(ServerRemedies, DisklessReplicationForAReplicaThatIsThere) {
  ServerRemedy primary(kConf, {"--repl-diskless-sync", "no", "--repl-diskless-sync-delay", "0"});
  const RedisServer replica([&] {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--replicaof", "127.0.0.1 " + std::to_string(primary.server().port())};
    return options;
  }());
  replica.wait_for_log("MASTER <-> REPLICA sync: Finished with success");
  const Proposal proposal = primary.proposal("diskless-replication", {}, "disk-full");
  EXPECT_EQ(proposal.steps.size(), 2U);
  goes_and_comes_back(primary, proposal);
}

TEST(ServerRemedies, ReplicaPersistenceTakesAReplicaThatIsNamedAndInStep) {
  ServerRemedy primary(kConf);
  const RedisServer replica([&] {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--replicaof", "127.0.0.1 " + std::to_string(primary.server().port())};
    return options;
  }());
  replica.wait_for_log("MASTER <-> REPLICA sync: Finished with success");
  primary.server().call({"WAIT", "1", "10000"});
  const auto unproven = primary.plan("replica-persistence", {});
  ASSERT_TRUE(std::holds_alternative<Refusal>(unproven));
  EXPECT_THAT(std::get<Refusal>(unproven).because, HasSubstr("nothing here proves"));
  const std::string address = "127.0.0.1:" + std::to_string(replica.port());
  const Proposal proposal = primary.proposal("replica-persistence", {{"proof", address}});
  goes_and_comes_back(primary, proposal);
}

TEST(ServerRemedies, ActiveDefragIsRefusedByAServerThatCannotAndNothingStays) {
  ServerRemedy one(kConf);
  const auto planned = one.plan("active-defrag", {}, "fragmentation");
  const std::string settings = one.settings();
  const std::string answer = one.server().call({"CONFIG", "SET", "activedefrag", "yes"});
  if (answer == "OK") {
    one.server().call({"CONFIG", "SET", "activedefrag", "no"});
    goes_and_comes_back(one, std::get<Proposal>(planned));
    return;
  }
  ASSERT_TRUE(std::holds_alternative<Refusal>(planned));
  EXPECT_THAT(std::get<Refusal>(planned).because, HasSubstr("libjemalloc"));
  // Where the library's name does not tell, the server's own error does.
  Step step;
  step.target.type = remediations::StepType::config;
  step.target.name = "activedefrag";
  step.target.endpoint = one.server().url();
  step.target.run_id = one.server().info("run_id");
  step.before = "no";
  step.after = "yes";
  EXPECT_THAT(one.apply({step}), HasSubstr("modified Jemalloc"));
  EXPECT_EQ(one.undo(), "");
  EXPECT_EQ(one.settings(), settings);
}

TEST(ServerRemedies, TheFileKeepsOwnerAndModeAndItsDirectoryNoLeftovers) {
  ServerRemedy one(kConf);
  ASSERT_EQ(chmod(one.conf_path().c_str(), 0640), 0);
  struct stat before{};
  ASSERT_EQ(stat(one.conf_path().c_str(), &before), 0);
  const Proposal proposal = one.proposal("incremental-fsync", {}, "seccomp");
  ASSERT_EQ(one.apply(proposal.persist), "");
  struct stat after{};
  ASSERT_EQ(stat(one.conf_path().c_str(), &after), 0);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_gid, before.st_gid);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_EQ(one.undo(), "");
  const auto directory = std::filesystem::path(one.conf_path()).parent_path();
  EXPECT_FALSE(std::filesystem::exists(directory / ".redis.conf.forkmend"));
}

TEST(ServerRemedies, SomebodysChangeOfTheFileStays) {
  ServerRemedy one(kConf);
  const Proposal proposal = one.proposal("incremental-fsync", {}, "seccomp");
  ASSERT_EQ(one.apply(proposal.persist), "");
  ServerRemedy::paste("echo 'rdb-save-incremental-fsync yes # mine' >> " + one.conf_path());
  const std::string theirs = one.conf();
  EXPECT_THAT(one.undo(), HasSubstr("somebody else changed it since"));
  EXPECT_EQ(one.conf(), theirs);
}

TEST(OneLook, ReadsEachTableOfTheHostOnce) {
  const RedisServer server(ServerOptions{});
  const host::Root root;
  redis::ConnectionOptions connection;
  connection.endpoint = redis::parse_url(server.url())->endpoint;
  const auto reads_of_look = [&](const host::Root& through) {
    const auto before = root.reads();
    const auto seen = await(engine::observe(through, connection));
    EXPECT_TRUE(seen && seen->locality.local);
    return root.reads() - before;
  };
  const auto of_one_moment = reads_of_look(root.caching());
  EXPECT_LT(reads_of_look(root), of_one_moment + of_one_moment / 4) << "processes come and go";
}

}  // namespace
}  // namespace forkmend::testing
