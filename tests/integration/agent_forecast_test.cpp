// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What is foreseen is mended before a save has failed.
#include <gtest/gtest.h>

#include <csignal>

#include "integration/agent_in_process.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

using daemon::EventSource;
using daemon::IncidentNews;

constexpr const char* kHealForeseen = R"(
schema = 1
mode = "heal"
[[rule]]
name = "task limit"
on = ["failure", "forecast"]
cause = ["nproc-limit"]
try = [{ remedy = "nproc-limit", to = "auto" }]
)";

bool is_foreseen(const IncidentNews& news) {
  return news.failures.empty();
}

void every_second(daemon::AgentOptions& options) {
  options.headroom = std::chrono::milliseconds(1000);
}

class AgentForecast : public ::testing::Test {
 protected:
  AgentForecast() : server_(ordinary_server()) { server_.call({"SET", "order:1", "paid"}); }

  void expect_no_failed_save() const {
    EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
    EXPECT_EQ(read_file(server_.log_file()).find("Can't save"), std::string::npos);
  }

  RedisServer server_;
};

TEST_F(AgentForecast, HealsBeforeASaveHasFailed) {
  AgentInProcess agent({server_.url()}, kHealForeseen, every_second);
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  refuse_forks_by_nproc(server_.pid());
  const IncidentNews* news = agent.wait_for_incident(is_foreseen);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::forecast);
  EXPECT_EQ(news->confidence, "foreseen");
  EXPECT_EQ(news->cause, "nproc-limit");
  EXPECT_EQ(news->state, "healed");
  EXPECT_EQ(news->remedy, "nproc-limit");
  EXPECT_TRUE(news->verification) << "proven by a save";
  expect_no_failed_save();
  EXPECT_EQ(server_.info("rdb_changes_since_last_save"), "0");
  ASSERT_TRUE(
      agent.wait_until([&] { return agent.instance(server_.url()).forecast == "admitted"; }));
}

TEST_F(AgentForecast, IsSeenAtTheFirstMeetingToo) {
  refuse_forks_by_nproc(server_.pid());
  AgentInProcess agent({server_.url()}, kHealForeseen);
  const IncidentNews* news = agent.wait_for_incident(is_foreseen);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::forecast);
  EXPECT_EQ(news->state, "healed");
  expect_no_failed_save();
}

// What the child holds is free again when its server forks next. Only then is it foreseen.
TEST_F(AgentForecast, IsNotActedUponWhileTheServerHasAChild) {
  AgentInProcess agent({server_.url()}, kHealForeseen, every_second);
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  const pid_t child = server_.start_slow_save();
  server_.call({"CONFIG", "SET", "rdb-key-save-delay", "0"});
  const auto looks = agent.instance(server_.url()).cost.looks;
  refuse_forks_by_nproc(server_.pid());
  ASSERT_TRUE(agent.wait_until([&] {
    const auto& seen = agent.instance(server_.url());
    return seen.forecast == "refused" && seen.cost.looks > looks;
  }));
  const WallTime ended = read_clock().wall;
  ASSERT_EQ(kill(child, SIGUSR1), 0);
  const IncidentNews* news = agent.wait_for_incident(is_foreseen);
  ASSERT_NE(news, nullptr);
  EXPECT_GT(news->opened, ended);
  EXPECT_EQ(news->state, "healed");
}

TEST_F(AgentForecast, WithoutARuleForItNothingIsDone) {
  refuse_forks_by_nproc(server_.pid());
  const std::string limit = nproc_limits(server_.pid());
  AgentInProcess agent({server_.url()}, kHealTaskLimit);
  const IncidentNews* news = agent.wait_for_incident(is_foreseen);
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->state, "nothing-to-do");
  EXPECT_EQ(nproc_limits(server_.pid()), limit);
  expect_no_failed_save();
}

}  // namespace
}  // namespace forkmend::testing
