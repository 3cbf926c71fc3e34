// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What becomes of a heal: the same cause before the server has saved by itself is a relapse, and
// the next remedy has its turn; after so many saves of its own it is a new story.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/journal.hpp"
#include "integration/agent_in_process.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

using daemon::IncidentNews;

class Relapse : public ::testing::Test {
 protected:
  Relapse() : server_(options()), limits_(nproc_limits(server_.pid())) {
    server_.call({"SET", "order:1", "paid"});
  }

  /// It saves a second after each change.
  static ServerOptions options() {
    ServerOptions options = ordinary_server();
    options.arguments = {"--save", "1 1"};
    return options;
  }

  /// Two ways to the same end: forkmend's own, and a hook.
  [[nodiscard]] std::string policy() const {
    // As the server's user: root may lack CAP_SYS_RESOURCE.
    std::string prlimit = "[";
    if (const auto user = ordinary_user()) {
      const std::string id = std::to_string(*user);
      prlimit += R"("/usr/bin/setpriv", "--clear-groups", "--reuid=)" + id + "\", \"--regid=" + id +
                 "\", ";
    }
    prlimit +=
        R"("/usr/bin/prlimit", "--pid", ")" + std::to_string(server_.pid()) + "\", \"--nproc=";
    return "schema = 1\nmode = \"heal\"\n[rails]\ncooldown = \"0s\"\nstable_saves = 2\n"
           "[[rule]]\nname = \"task limit\"\ncause = [\"nproc-limit\"]\n"
           "try = [\"nproc-limit\", { remedy = \"hook\", name = \"raise it\", do = " +
           prlimit + limits_ + "\"], undo = " + prlimit +
           R"(1:"], check = ["/bin/sh", "-c", "! grep -q 'Max processes  *1 ' /proc/$1/limits", )" +
           "\"check\", \"" + std::to_string(server_.pid()) + "\"] }]\n";
  }

  [[nodiscard]] std::function<void(daemon::AgentOptions&)> poll_often() const {
    return [this](daemon::AgentOptions& options) {
      options.state_dir = state_dir();
      options.interval = std::chrono::milliseconds(100);
    };
  }

  [[nodiscard]] std::string state_dir() const { return (state_.path() / "state").string(); }

  /// The remedy that healed the `count`-th incident; "" at the deadline.
  std::string break_and_heal(AgentInProcess& agent, std::size_t count) {
    refuse_forks_by_nproc(server_.pid());
    server_.save_that_fails();
    const auto healed = [&] {
      return std::ranges::count(agent.news(), std::string("healed"), &IncidentNews::state);
    };
    if (!agent.wait_until([&] { return static_cast<std::size_t>(healed()) == count; })) return "";
    return agent.news().back().remedy;
  }

  /// Lets it save by itself, once.
  void let_it_save(AgentInProcess& agent) {
    const std::string before = server_.info("rdb_last_save_time");
    server_.call({"INCR", "visits"});
    EXPECT_TRUE(agent.wait_until([&] { return server_.info("rdb_last_save_time") != before; }));
  }

  [[nodiscard]] std::vector<engine::IncidentRecord> incidents() const {
    return journal()->incidents(std::nullopt).value();
  }
  [[nodiscard]] std::unique_ptr<engine::Journal> journal() const {
    return engine::Journal::open_read_only(state_dir()).value();
  }

  TempDir state_;
  RedisServer server_;
  std::string limits_;
};

TEST_F(Relapse, BeforeTheServerHasSavedByItselfTheNextRemedyHasItsTurn) {
  AgentInProcess agent({server_.url()}, policy(), poll_often());
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  EXPECT_EQ(break_and_heal(agent, 1), "nproc-limit");
  EXPECT_EQ(break_and_heal(agent, 2), "hook");
  const auto ledger = journal()->ledger().value();
  const auto* entry = engine::find_entry(ledger, "nproc-limit", "nproc-limit");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->relapsed, 1);
}

TEST_F(Relapse, AfterSavesOfItsOwnTheSameCauseIsANewStory) {
  AgentInProcess agent({server_.url()}, policy(), poll_often());
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  EXPECT_EQ(break_and_heal(agent, 1), "nproc-limit");
  EXPECT_EQ(incidents().front().own_saves, 0) << "the save that proved it is not the server's own";
  for (std::int64_t saves = 1; saves <= 2; ++saves) {
    let_it_save(agent);
    EXPECT_TRUE(agent.wait_until([&] { return incidents().front().own_saves == saves; })) << saves;
  }
  EXPECT_EQ(break_and_heal(agent, 2), "nproc-limit");
  const auto ledger = journal()->ledger().value();
  const auto* entry = engine::find_entry(ledger, "nproc-limit", "nproc-limit");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->healed, 2);
  EXPECT_EQ(entry->relapsed, 0);
}

}  // namespace
}  // namespace forkmend::testing
