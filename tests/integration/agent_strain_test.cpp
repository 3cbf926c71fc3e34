// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A real server whose memory is fragmented while its saves work: the agent leaves it alone, unless
// a rule says "strain".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/agent_in_process.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using daemon::IncidentNews;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Of 1.2 million values one in 32 stays: nearly every page of the allocator holds one of them.
class FragmentedServer : public ::testing::Test {
 protected:
  FragmentedServer() {
    server_.call({"DEBUG", "POPULATE", "1200000", "key", "200"});
    server_.call(
        {"EVAL", "for i = 0, 1199999 do if i % 32 ~= 0 then redis.call('DEL', 'key:' .. i) end end",
         "0"});
  }

  /// A hook, as its undo can be seen.
  [[nodiscard]] std::string policy(const std::string& on) const {
    const std::string file = "\"" + marked_.string() + "\"]";
    return "schema = 1\nmode = \"heal\"\n[[rule]]\nname = \"fragments\"\n" + on +
           "cause = [\"fragmentation\"]\n"
           "try = [{ remedy = \"hook\", name = \"mark\", scope = \"instance\", do = "
           "[\"/bin/touch\", " +
           file + ", undo = [\"/bin/rm\", " + file + ", check = [\"/usr/bin/test\", \"-e\", " +
           file + " }, { remedy = \"memory-purge\", at_least = \"1KiB\" }]\n";
  }

  void keep_state(daemon::AgentOptions& options) const {
    options.state_dir = forkmend_.state_dir();
    options.targets.state_dir = options.state_dir;
  }

  TempDir directory_;
  fs::path marked_ = directory_.path() / "marked";
  RedisServer server_{ordinary_server()};
  Forkmend forkmend_;
};

TEST_F(FragmentedServer, IsLeftAloneWithoutTheWord) {
  AgentInProcess agent({server_.url()}, policy(""));
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  EXPECT_THAT(agent.instance(server_.url()).strains, ElementsAre("fragmentation"));
  EXPECT_THAT(agent.news(), IsEmpty());
  const auto told =
      forkmend_.run({"--policy", forkmend_.policy(policy("")), "audit", "-i", server_.url()});
  EXPECT_THAT(told.out, HasSubstr("rule \"fragments\" names it and does not act on it"));
  EXPECT_THAT(told.out, HasSubstr("\"strain\" in its `on` turns that on"));
}

TEST_F(FragmentedServer, IsMendedProvenAndUndone) {
  const std::string rule = policy("on = [\"strain\"]\n");
  {
    AgentInProcess agent({server_.url()}, rule, [this](auto& options) { keep_state(options); });
    const IncidentNews* news =
        agent.wait_for_incident([](const IncidentNews& one) { return one.failures.empty(); });
    ASSERT_NE(news, nullptr);
    EXPECT_EQ(news->cause, "fragmentation");
    EXPECT_EQ(news->confidence, "likely");
    EXPECT_EQ(news->state, "healed");
    EXPECT_EQ(news->remedy, "hook");
    EXPECT_TRUE(news->verification) << "proven by a save";
  }
  EXPECT_EQ(server_.info("rdb_changes_since_last_save"), "0");
  EXPECT_TRUE(fs::exists(marked_));
  const auto undone = forkmend_.run({"rollback", "--all"});
  EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
  EXPECT_FALSE(fs::exists(marked_));

  // A later agent: the first remedy has had its turn today, so the second one has its.
  const std::string no_cooldown = "schema = 1\nmode = \"heal\"\n[rails]\ncooldown = \"0s\"\n" +
                                  rule.substr(rule.find("[[rule]]"));
  AgentInProcess agent({server_.url()}, no_cooldown,
                       [this](auto& options) { keep_state(options); });
  const IncidentNews* news =
      agent.wait_for_incident([](const IncidentNews& one) { return one.failures.empty(); });
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->state, "healed") << (news->because.empty() ? "" : news->because.front());
  EXPECT_EQ(news->remedy, "memory-purge");
  EXPECT_FALSE(fs::exists(marked_));
}

// What is worse comes first: a save that fails is mended by the rule for that.
TEST_F(FragmentedServer, ThatCannotForkIsMendedForThatFirst) {
  refuse_forks_by_nproc(server_.pid());
  server_.save_that_fails();
  const std::string both = policy("on = [\"strain\"]\n") +
                           "[[rule]]\nname = \"tasks\"\ncause = [\"nproc-limit\"]\n"
                           "try = [\"nproc-limit\"]\n";
  AgentInProcess agent({server_.url()}, both);
  const IncidentNews* news =
      agent.wait_for_incident([](const IncidentNews& one) { return !one.failures.empty(); });
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->remedy, "nproc-limit");
  EXPECT_EQ(agent.news().front().cause, news->cause) << "nothing was begun before it";
  const IncidentNews* strain =
      agent.wait_for_incident([](const IncidentNews& one) { return one.failures.empty(); });
  ASSERT_NE(strain, nullptr);
  EXPECT_EQ(strain->state, "healed");
}

}  // namespace
}  // namespace forkmend::testing
