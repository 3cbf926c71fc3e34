// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What the agent forgets by itself.
#include <gtest/gtest.h>

#include "engine/journal.hpp"
#include "integration/agent_in_process.hpp"

namespace forkmend::testing {
namespace {

using engine::IncidentRecord;
using engine::IncidentState;
using engine::Journal;

IncidentRecord healed_before(std::chrono::hours age) {
  const WallTime then = read_clock().wall - age;
  return {.id = engine::new_incident_id(then, 7),
          .instance = "redis://127.0.0.1:6379",
          .cause = "nproc-limit",
          .actor = "agent",
          .state = IncidentState::healed,
          .opened = then,
          .closed = then + std::chrono::seconds(1),
          .report = "{}"};
}

TEST(AgentHousekeeping, ForgetsIncidentsThatEndedLongAgo) {
  const RedisServer server(ordinary_server());
  const TempDir dir;
  const std::string state_dir = dir.path() / "state";
  {
    const auto journal = Journal::open(state_dir);
    ASSERT_TRUE(journal) << journal.error().message;
    ASSERT_TRUE((*journal)->open_incident(healed_before(std::chrono::hours(25))));
    ASSERT_TRUE((*journal)->open_incident(healed_before(std::chrono::hours(23))));
  }
  AgentInProcess agent({server.url()}, "schema = 1\nmode = \"observe\"\n",
                       [&](daemon::AgentOptions& options) {
                         options.state_dir = state_dir;
                         options.discovery = std::chrono::milliseconds(500);
                         options.settings.journal.keep = std::chrono::hours(24);
                       });
  const auto count = [&] {
    const auto journal = Journal::open_read_only(state_dir);
    const auto incidents = journal ? (*journal)->incidents(std::nullopt)
                                   : Result<std::vector<IncidentRecord>>(journal.error());
    return incidents ? incidents->size() : 0;
  };
  EXPECT_TRUE(agent.wait_until([&] { return count() == 1; }));
}

}  // namespace
}  // namespace forkmend::testing
