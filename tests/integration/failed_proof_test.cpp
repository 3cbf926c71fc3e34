// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The save that is to prove a fix fails, on a server whose last save was fine: it takes writes
// afterwards as it did before, and its setting comes back once that stops nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <optional>

#include "engine/database.hpp"
#include "engine/journal.hpp"
#include "integration/agent_in_process.hpp"
#include "support/lab/program.hpp"
#include "support/lab/save_dir.hpp"
#include "support/lab/write_load.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using daemon::IncidentNews;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kForesee = R"(
schema = 1
mode = "heal"
[[rule]]
name = "task limit"
on = ["forecast"]
cause = ["nproc-limit"]
try = [{ remedy = "nproc-limit", to = "auto" }]
)";

/// The same, with a server that is to answer at once.
constexpr const char* kForeseeAndEnd = R"(
schema = 1
mode = "heal"
[rails]
put_off_above = { changes_per_second = "off" }
abort_above = { answer_time = "5ms", memory_pressure = "off" }
[[rule]]
name = "task limit"
on = ["forecast"]
cause = ["nproc-limit"]
try = [{ remedy = "nproc-limit", to = "auto" }]
)";

class FailedProof : public ::testing::Test {
 protected:
  FailedProof() : server_(dir_.server({"--save", "3600 1"})) {
    server_.call({"SET", "order:1", "paid"});
    server_.call({"BGSAVE"});
    server_.wait_for_log("Background saving terminated with success");
    server_.call({"SET", "order:2", "paid"});
    limits_ = nproc_limits(server_.pid());
  }
  ~FailedProof() override { open_directory(); }

  /// No forecast knows: the child cannot make its file.
  void lock_directory() const { fs::permissions(dir_.path(), fs::perms(0555)); }
  void open_directory() const { fs::permissions(dir_.path(), fs::perms(0755)); }

  [[nodiscard]] std::string stop_writes() const {
    const std::string name = "stop-writes-on-bgsave-error";
    return server_.call({"CONFIG", "GET", name}).substr(name.size() + 1);
  }

  [[nodiscard]] std::string state_dir() const { return (state_.path() / "state").string(); }

  /// The agent makes a fix for what it foresees, and its proof fails.
  const IncidentNews* fail_a_proof(AgentInProcess& agent) const {
    lock_directory();
    refuse_forks_by_nproc(server_.pid());
    return agent.wait_for_incident([](const IncidentNews& one) { return one.failures.empty(); });
  }

  [[nodiscard]] std::function<void(daemon::AgentOptions&)> set_options() const {
    return [this](daemon::AgentOptions& options) {
      options.state_dir = state_dir();
      options.headroom = std::chrono::milliseconds(300);
      options.discovery = std::chrono::milliseconds(300);
    };
  }

  /// The guard as the journal has it.
  [[nodiscard]] std::optional<engine::ChangeRecord> guard() const {
    const auto journal = engine::Journal::open_read_only(state_dir());
    if (!journal) return std::nullopt;
    for (auto& change : (*journal)->changes("").value()) {
      if (change.step.remedy == "guard-writes") return std::move(change);
    }
    return std::nullopt;
  }

  /// As if its lease had begun two minutes ago.
  void let_the_lease_pass() const {
    auto journal =
        engine::Database::open(state_dir() + "/journal.db", engine::Database::Access::read_write);
    ASSERT_TRUE(journal) << journal.error().message;
    const auto done = journal->execute("UPDATE change SET at = at - 120000000");
    ASSERT_TRUE(done) << done.error().message;
  }

  SaveDir dir_;
  TempDir state_;
  RedisServer server_;
  std::string limits_;
};

TEST_F(FailedProof, LeavesAServerThatTookWritesTakingThem) {
  ASSERT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
  AgentInProcess agent({server_.url()}, kForesee, set_options());
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  const IncidentNews* news = fail_a_proof(agent);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->confidence, "foreseen");
  EXPECT_EQ(news->state, "undo-incomplete") << "the guard is in force still";
  EXPECT_THAT(news->because, Contains(HasSubstr("would stop writes that were taken before")));
  EXPECT_TRUE(nproc_limits(server_.pid()).starts_with("1:")) << "what was not proven is undone";

  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "err") << "the proof was tried";
  EXPECT_EQ(server_.call({"SET", "order:3", "paid"}), "OK");
  EXPECT_EQ(server_.call({"PING"}), "PONG");
  EXPECT_EQ(stop_writes(), "no");
}

TEST_F(FailedProof, IsNoFailedSaveWhereItsCostHasEndedIt) {
  server_.call({"EVAL", "for i = 1, 6000 do redis.call('SET', 'key:' .. i, i) end", "0"});
  server_.call({"CONFIG", "SET", "rdb-key-save-delay", "10000"});
  AgentInProcess agent({server_.url()}, kForeseeAndEnd, set_options());
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  const WriteLoad load(server_, WriteLoad::Kind::long_scripts);
  refuse_forks_by_nproc(server_.pid());
  const IncidentNews* news =
      agent.wait_for_incident([](const IncidentNews& one) { return one.failures.empty(); });
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->state, "not-healed") << "nothing of ours is in force";
  EXPECT_THAT(news->because, Contains(HasSubstr("above 5 ms (abort_above.answer_time)")));
  EXPECT_TRUE(nproc_limits(server_.pid()).starts_with("1:")) << "what was not proven is undone";

  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
  EXPECT_EQ(server_.info("rdb_bgsave_in_progress"), "0");
  EXPECT_EQ(server_.call({"SET", "order:3", "paid"}), "OK");
  EXPECT_EQ(stop_writes(), "yes");
  ASSERT_TRUE(guard());
  EXPECT_EQ(guard()->state, engine::ChangeState::undone);
}

TEST_F(FailedProof, GivesTheSettingBackOnceASaveHasWorked) {
  AgentInProcess agent({server_.url()}, kForesee, set_options());
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  ASSERT_NE(fail_a_proof(agent), nullptr);
  ASSERT_TRUE(guard());
  let_the_lease_pass();
  ASSERT_TRUE(agent.wait_until([&] { return !guard()->comment.empty(); })) << "a lease anew";
  EXPECT_EQ(guard()->state, engine::ChangeState::applied);
  EXPECT_EQ(stop_writes(), "no");

  open_directory();
  set_nproc(server_.pid(), limits_);
  server_.call({"BGSAVE"});
  ASSERT_TRUE(agent.wait_until([&] { return server_.info("rdb_last_bgsave_status") == "ok"; }));
  let_the_lease_pass();
  ASSERT_TRUE(agent.wait_until([&] { return guard()->state == engine::ChangeState::undone; }));
  EXPECT_EQ(stop_writes(), "yes");
}

}  // namespace
}  // namespace forkmend::testing
