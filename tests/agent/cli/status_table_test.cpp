// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/status_table.hpp"

#include <gtest/gtest.h>

#include <string>

#include "agent/daemon/sample_status.hpp"

namespace forkmend::cli {
namespace {

constexpr WallTime kNow(std::chrono::seconds(1'795'000'200));

std::string drawn(const std::vector<StatusRow>& rows) {
  std::string text;
  for (const auto& row : rows) text += row.left + row.state + "\n";
  return text;
}

TEST(StatusTable, HasWhatNeedsAPersonFirst) {
  // clang-format off
  EXPECT_EQ(drawn(status_table(testing::sample_status(), kNow)),
"SERVER                  SAVED           AT RISK                     HEADROOM                  STATE\n"
"redis://127.0.0.1:6380  1 h 10 min ago  12,345 changes, 1 h 10 min  OC2 refused, 2 GiB short  "
"FAILING commit-limit  not-healed i-20261125T171727-a96f\n"
"redis://127.0.0.1:6390                                                                        "
"NOT REACHED connection refused\n"
"unix:///run/redis.sock  1 min ago       in the AOF: 1 change        NPROC, 7 left             "
"ok  planned p-1\n");
  // clang-format on
}

TEST(StatusTable, IsAtMostOneScreen) {
  daemon::AgentStatus status;
  for (int i = 0; i < 1000; ++i) {
    daemon::InstanceStatus instance;
    instance.endpoint = "redis://127.0.0.1:" + std::to_string(10000 + i);
    instance.state = i == 999 ? daemon::InstanceCondition::failing : daemon::InstanceCondition::ok;
    status.instances.push_back(instance);
  }
  const auto rows = status_table(status, kNow, 40);
  ASSERT_EQ(rows.size(), 42U);
  EXPECT_TRUE(rows[1].left.starts_with("redis://127.0.0.1:10999"));
  EXPECT_EQ(rows.back().left, "and 960 more (--json has them all)");
}

TEST(StatusTable, HoldsNoControlCharacters) {
  daemon::AgentStatus status;
  status.instances.resize(1);
  status.instances.front().endpoint = "unix:///tmp/\x1b[31m";
  status.instances.front().state = daemon::InstanceCondition::unreachable;
  status.instances.front().says = "a\nb\x07";
  const std::string text = drawn(status_table(status, kNow));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
}

}  // namespace
}  // namespace forkmend::cli
