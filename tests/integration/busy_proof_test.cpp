// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The save that proves a fix, on servers that are written to: it waits for a calmer moment, and is
// ended where it costs too much.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/lab/write_load.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string policy_with(const std::string& rails) {
  return "schema = 1\nmode = \"heal\"\n[rails]\n" + rails +
         "[[rule]]\nname = \"task limit\"\ncause = [\"nproc-limit\"]\ntry = [\"nproc-limit\"]\n";
}

/// The proof that has this id: "true: what it says".
std::string proof(const boost::json::object& document, std::string_view id) {
  const auto& outcome = only_instance(document).at("outcome").as_object();
  for (const auto& one : outcome.at("verified").at(0).at("proofs").as_array()) {
    if (one.at("id").as_string() != id) continue;
    return (one.at("holds").as_bool() ? "true: " : "false: ") +
           std::string(one.at("says").as_string());
  }
  return "no such proof";
}

class BusyProof : public ::testing::Test {
 protected:
  /// Takes writes although its saves fail, as a cache may be set up.
  void begin(const std::string& save) {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--save", save, "--stop-writes-on-bgsave-error", "no"};
    server_.emplace(options);
    server_->call({"SET", "order:1", "paid"});
  }

  void fail_a_save() {
    refuse_forks_by_nproc(server_->pid());
    server_->save_that_fails();
  }

  [[nodiscard]] std::vector<std::string> fix(const std::string& rails) const {
    return {"--policy", forkmend_.policy(policy_with(rails)), "fix", "--yes", "-i", server_->url()};
  }

  [[nodiscard]] std::size_t temporary_files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(server_->directory())) {
      if (entry.path().filename().string().starts_with("temp-")) ++count;
    }
    return count;
  }

  std::optional<RedisServer> server_;
  Forkmend forkmend_{ordinary_user()};
};

constexpr const char* kSaveBegun = "Background saving started";

TEST_F(BusyProof, WaitsUntilTheLoadIsOverAndIsMadeThen) {
  begin("3600 1000000000");
  fail_a_save();
  WriteLoad load(*server_, WriteLoad::Kind::many_changes);
  const std::string output = server_->directory() + "/fix.out";
  const pid_t running =
      forkmend_.start(fix("put_off_above = { changes_per_second = 5000 }\n"), output);
  ASSERT_TRUE(wait_for_file(output, std::chrono::seconds(20)));
  ASSERT_TRUE(wait_for_text(output, "the proof is put off", std::chrono::seconds(30)))
      << read_file(output);
  EXPECT_FALSE(nproc_limits(server_->pid()).starts_with("1:")) << "what is to be proven is done";
  EXPECT_THAT(read_file(server_->log_file()), Not(HasSubstr(kSaveBegun)));
  load.end();
  int status = 0;
  ASSERT_EQ(waitpid(running, &status, 0), running);
  const std::string said = read_file(output);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << said;
  EXPECT_THAT(said,
              AllOf(HasSubstr("changes a second, above 5,000 (put_off_above.changes_per_second)"),
                    HasSubstr("calm enough after"), HasSubstr("HEALED")));
  EXPECT_EQ(server_->info("rdb_last_bgsave_status"), "ok");
}

TEST_F(BusyProof, LeavesTheFixInForceWhereNoCalmerMomentComes) {
  begin("3600 1000000000");
  fail_a_save();
  const WriteLoad load(*server_, WriteLoad::Kind::many_changes);
  int exit_code = -1;
  const auto document = forkmend_.json(
      fix("verify_timeout = \"2s\"\nput_off_above = { changes_per_second = 5000 }\n"), &exit_code);
  EXPECT_EQ(exit_code, 14) << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.state"), "mitigated");
  EXPECT_EQ(at_path(document, "instances.0.outcome.put_off"), "true");
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.put_off"), "true");
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.save_triggered"), "false");
  EXPECT_THAT(proof(document, "load"), HasSubstr("false: "));
  EXPECT_THAT(at_path(document, "instances.0.outcome.problems.0"), HasSubstr("not proven yet"));
  EXPECT_THAT(read_file(server_->log_file()), Not(HasSubstr(kSaveBegun)));
  EXPECT_FALSE(nproc_limits(server_->pid()).starts_with("1:"));
  EXPECT_EQ(forkmend_.run({"rollback", "--all"}).exit_code, 0);
  EXPECT_TRUE(nproc_limits(server_->pid()).starts_with("1:"));
}

TEST_F(BusyProof, IsTheServersOwnSaveWhereThatComesFirst) {
  begin("1 1");
  fail_a_save();
  const WriteLoad load(*server_, WriteLoad::Kind::many_changes);
  int exit_code = -1;
  const auto document =
      forkmend_.json(fix("put_off_above = { changes_per_second = 5000 }\n"), &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.state"), "healed");
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.save_triggered"), "false");
  EXPECT_EQ(proof(document, "own-save"), "true: the server has saved by itself meanwhile");
  EXPECT_THAT(proof(document, "new-file"), HasSubstr("true: "));
  EXPECT_EQ(server_->info("rdb_last_bgsave_status"), "ok");
}

TEST_F(BusyProof, IsEndedWhereTheServerTakesTooLongToAnswer) {
  begin("");
  server_->call({"EVAL", "for i = 1, 6000 do redis.call('SET', 'key:' .. i, i) end", "0"});
  server_->call({"BGSAVE"});
  server_->wait_for_log("Background saving terminated with success");
  const auto last_save = server_->info("rdb_last_save_time");
  const std::size_t log_before = read_file(server_->log_file()).size();
  fail_a_save();
  server_->call({"CONFIG", "SET", "rdb-key-save-delay", "10000"});
  const WriteLoad load(*server_, WriteLoad::Kind::long_scripts);
  int exit_code = -1;
  const auto document =
      forkmend_.json(fix("put_off_above = { changes_per_second = \"off\" }\n"
                         "abort_above = { answer_time = \"5ms\", memory_pressure = \"off\" }\n"),
                     &exit_code);
  EXPECT_EQ(exit_code, 12) << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.state"), "not-healed");
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.aborted"), "true") << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.save_triggered"), "true");
  EXPECT_THAT(proof(document, "watched"),
              AllOf(HasSubstr("false: the save was ended before it was done: the server takes"),
                    HasSubstr("above 5 ms (abort_above.answer_time)")));
  EXPECT_THAT(proof(document, "status"), HasSubstr("as before"));
  EXPECT_TRUE(nproc_limits(server_->pid()).starts_with("1:")) << "what was not proven is undone";

  EXPECT_EQ(server_->info("rdb_bgsave_in_progress"), "0");
  EXPECT_THAT(read_file(server_->log_file()).substr(log_before),
              HasSubstr("Received SIGUSR1 in child"));
  EXPECT_EQ(server_->info("rdb_last_save_time"), last_save);
  EXPECT_EQ(temporary_files(), 0U);
  EXPECT_EQ(server_->call({"SET", "order:2", "paid"}), "OK");
}

TEST_F(BusyProof, IsMadeAtOnceWithinTheLimitsAndItsCostIsRecorded) {
  begin("3600 1");
  fail_a_save();
  int exit_code = -1;
  const auto planned = forkmend_.json(
      {"--policy", forkmend_.policy(policy_with("")), "fix", "--dry-run", "-i", server_->url()},
      &exit_code);
  EXPECT_THAT(at_path(planned, "instances.0.plan.proof.0"),
              AllOf(HasSubstr("a save, expected: "), HasSubstr("copies of about")));
  EXPECT_THAT(at_path(planned, "instances.0.plan.proof.1"),
              HasSubstr("put off above 50,000 changes a second, a fork() of 2 s, copies of 80 %; "
                        "ended above copies of 90 %, answers in 2 s, memory pressure 50 %"));
  const auto document = forkmend_.json(fix(""), &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_THAT(proof(document, "load"),
              AllOf(HasSubstr("true: "), HasSubstr("% of"), HasSubstr("that are free")));
  EXPECT_THAT(proof(document, "watched"), HasSubstr("true: "));
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.put_off"), "false");
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.aborted"), "false");
  const auto history =
      forkmend_.run({"history", "show", at_path(document, "instances.0.outcome.incident")});
  EXPECT_THAT(history.out, AllOf(HasSubstr("nproc-limit: load: "),
                                 HasSubstr("nproc-limit: watched: "), HasSubstr("proof: a save")));
}

TEST_F(BusyProof, IsNotEndedWhereCancelChildIsDenied) {
  begin("");
  fail_a_save();
  server_->call({"CONFIG", "SET", "rdb-key-save-delay", "200"});
  const WriteLoad load(*server_, WriteLoad::Kind::long_scripts);
  int exit_code = -1;
  const auto document =
      forkmend_.json(fix("deny = [\"cancel-child\"]\n"
                         "put_off_above = { changes_per_second = \"off\" }\n"
                         "abort_above = { answer_time = \"5ms\", memory_pressure = \"off\" }\n"),
                     &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.aborted"), "false");
}

}  // namespace
}  // namespace forkmend::testing
