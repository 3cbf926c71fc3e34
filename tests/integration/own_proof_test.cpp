// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The agent has mended a server that was too busy for a save of ours: the server's own next save
// proves it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/journal.hpp"
#include "integration/agent_in_process.hpp"
#include "support/lab/write_load.hpp"

namespace forkmend::testing {
namespace {

using daemon::IncidentNews;
using ::testing::Contains;
using ::testing::HasSubstr;

/// The breaker keeps the agent from trying a save of its own again.
constexpr const char* kHealWhenCalm = R"(
schema = 1
mode = "heal"
[rails]
max_incidents_per_hour = 1
verify_timeout = "1s"
put_off_above = { changes_per_second = 5000 }
[[rule]]
name = "task limit"
cause = ["nproc-limit"]
try = [{ remedy = "nproc-limit", to = "auto" }]
)";

TEST(OwnProof, HealsWhatWasNotProvenYet) {
  ServerOptions options = ordinary_server();
  options.arguments = {"--save", "3600 1000000000", "--stop-writes-on-bgsave-error", "no"};
  const RedisServer server(options);
  server.call({"SET", "order:1", "paid"});
  const TempDir state;
  const std::string state_dir = (state.path() / "state").string();
  AgentInProcess agent({server.url()}, kHealWhenCalm, [&](daemon::AgentOptions& agent_options) {
    agent_options.state_dir = state_dir;
    agent_options.interval = std::chrono::milliseconds(100);
  });
  ASSERT_TRUE(agent.wait_until_watched(server.url()));
  WriteLoad load(server, WriteLoad::Kind::many_changes);
  refuse_forks_by_nproc(server.pid());
  server.save_that_fails();
  const IncidentNews* news =
      agent.wait_for_incident([](const IncidentNews& one) { return one.state == "mitigated"; });
  ASSERT_NE(news, nullptr);
  const std::string incident = news->id;
  EXPECT_THAT(news->because, Contains(HasSubstr("not proven yet")));
  EXPECT_EQ(news->remedy, "nproc-limit");
  EXPECT_FALSE(nproc_limits(server.pid()).starts_with("1:")) << "it is in force";
  EXPECT_EQ(server.info("rdb_last_bgsave_status"), "err");

  load.end();
  // INFO has the time of a save in whole seconds: one of the same second may have been before.
  const auto second = std::chrono::floor<std::chrono::seconds>(news->closed.value());
  ASSERT_TRUE(
      agent.wait_until([&] { return read_clock().wall > second + std::chrono::seconds(1); }));
  server.call({"BGSAVE"});  // whoever asks for it but us
  const auto record = [&] {
    return engine::Journal::open_read_only(state_dir).value()->incident(incident).value();
  };
  ASSERT_TRUE(agent.wait_until([&] { return record().state == engine::IncidentState::healed; }));
  ASSERT_TRUE(agent.wait_until([&] { return record().own_saves == 1; }));
  EXPECT_THAT(record().report, HasSubstr("\"healed_by\":\"nproc-limit\""));
}

}  // namespace
}  // namespace forkmend::testing
