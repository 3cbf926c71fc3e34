// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Several servers fail at the same moment, or one again and again: the agent does no more than the
// rails allow, and leaves the rest as it is, with the reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/journal.hpp"
#include "integration/agent_in_process.hpp"

namespace forkmend::testing {
namespace {

using daemon::IncidentNews;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::size_t kServers = 6;

std::string policy_with(const std::string& rails) {
  return "schema = 1\nmode = \"heal\"\n[rails]\n" + rails +
         "\n[[rule]]\nname = \"task limit\"\ncause = [\"nproc-limit\"]\ntry = [\"nproc-limit\"]\n";
}

class AgentStorm : public ::testing::Test {
 protected:
  void start(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      servers_.push_back(std::make_unique<RedisServer>(ordinary_server()));
      servers_.back()->call({"SET", "order:1", "paid"});
      urls_.push_back(servers_.back()->url());
    }
  }

  void watch(const std::string& rails) {
    agent_ = std::make_unique<AgentInProcess>(urls_, policy_with(rails),
                                              [this](daemon::AgentOptions& options) {
                                                options.state_dir = state_dir();
                                                options.interval = std::chrono::milliseconds(200);
                                              });
    for (const std::string& url : urls_) ASSERT_TRUE(agent_->wait_until_watched(url));
  }

  void break_all() const {
    for (const auto& server : servers_) refuse_forks_by_nproc(server->pid());
    for (const auto& server : servers_) server->call({"BGSAVE"});
  }

  [[nodiscard]] std::string state_dir() const { return (state_.path() / "state").string(); }

  /// Servers by the state in which their last incident has ended, once each has one.
  std::map<std::string, int> ends() {
    std::map<std::string, IncidentNews> last;
    EXPECT_TRUE(agent_->wait_until([&] {
      for (const IncidentNews& news : agent_->news()) {
        if (news.closed) last[news.endpoint] = news;
      }
      return last.size() == urls_.size();
    }));
    std::map<std::string, int> counts;
    for (const auto& [endpoint, news] : last) ++counts[news.state];
    return counts;
  }

  [[nodiscard]] std::vector<engine::IncidentRecord> recorded() const {
    return engine::Journal::open_read_only(state_dir()).value()->incidents(std::nullopt).value();
  }

  TempDir state_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<std::string> urls_;
  std::unique_ptr<AgentInProcess> agent_;
};

TEST_F(AgentStorm, OneCauseOnAllServersIsOneIncidentAndEachIsMended) {
  start(kServers);
  watch("max_incidents_per_hour = 3\nsame_cause_limit = 2");
  break_all();
  EXPECT_EQ(ends(), (std::map<std::string, int>{{"healed", kServers}}));
  const auto incidents = recorded();
  ASSERT_EQ(incidents.size(), kServers);
  for (std::size_t i = 1; i < kServers; ++i) {
    EXPECT_EQ(incidents[i].host_incident, incidents.front().id) << i;
  }
}

TEST_F(AgentStorm, NoMoreAreMendedThanTheBreakerAllows) {
  start(kServers);
  watch("max_incidents_per_hour = 2\nsame_cause_limit = 1000");
  break_all();
  EXPECT_EQ(ends(), (std::map<std::string, int>{{"healed", 2}, {"blocked", kServers - 2}}));
  EXPECT_EQ(recorded().size(), 2U);
  std::size_t untouched = 0;
  for (const auto& server : servers_) {
    if (nproc_limits(server->pid()).starts_with("1:")) ++untouched;
  }
  EXPECT_EQ(untouched, kServers - 2) << "what is blocked is left as it is";
  for (const IncidentNews& news : agent_->news()) {
    if (news.state != "blocked") continue;
    EXPECT_THAT(news.because, Contains(HasSubstr("forkmend status ack")));
  }
}

TEST_F(AgentStorm, AServerThatFailsAgainAtOnceWaitsForTheCooldown) {
  start(1);
  watch("cooldown = \"1h\"");
  break_all();
  EXPECT_EQ(ends(), (std::map<std::string, int>{{"healed", 1}}));
  const std::size_t told = agent_->news().size();
  refuse_forks_by_nproc(servers_.front()->pid());
  servers_.front()->save_that_fails();
  ASSERT_TRUE(agent_->wait_until([&] { return agent_->news().size() > told; }));
  EXPECT_EQ(agent_->news().back().state, "blocked");
  EXPECT_THAT(agent_->news().back().because, Contains(HasSubstr("the cooldown is 1 h")));
  EXPECT_EQ(recorded().size(), 1U);
  EXPECT_TRUE(nproc_limits(servers_.front()->pid()).starts_with("1:"));
}

}  // namespace
}  // namespace forkmend::testing
