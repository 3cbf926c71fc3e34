// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "agent/policy/remedies.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {
namespace {

TEST(EffectivePolicy, ShowsDefaultsThatTheFileLeavesOut) {
  const auto result = parse_policy("schema = 1\n[[rule]]\nname = \"r\"\ntry = [\"hook\"]\n",
                                   "p.toml", testing::kRemedies);
  ASSERT_TRUE(std::holds_alternative<Policy>(result));
  EXPECT_EQ(to_toml(std::get<Policy>(result)), R"(schema = 1
mode = "dry-run"

[rails]
max_risk = "disruptive"
cooldown = "10m"
max_incidents_per_hour = 4
same_cause_limit = 3
verify_timeout = "auto"
put_off_above = { changes_per_second = 50000, fork_time = "2s", copied_of_free = "80%" }
abort_above = { copied_of_free = "90%", answer_time = "2s", memory_pressure = "50%", io_pressure = "off" }
stable_after = "30m"
stable_saves = 3
windows = []
deny = []
keep_strict_overcommit = true

[[rule]]
name = "r"
on = ["failure"]
try = [{ remedy = "hook", command = "", nice = 0, once = true, share = "80%", timeout = "30s" }]
order = "listed"
persist = "never"
)");
}

TEST(EffectivePolicy, WritesAPolicyThatWasNeverAFile) {
  Policy policy;
  Rule rule{.name = "quote \" and \\"};
  RemedyChoice choice{.remedy = "nproc-limit"};
  choice.parameters.set("to", std::int64_t{900});
  rule.attempts = {choice};
  policy.rules = {rule};
  const auto again = parse_policy(to_toml(policy), "again.toml", testing::kRemedies);
  ASSERT_TRUE(std::holds_alternative<Policy>(again)) << to_toml(policy);
  const Rule& read = std::get<Policy>(again).rules.at(0);
  EXPECT_EQ(read.name, rule.name);
  EXPECT_EQ(read.attempts.at(0).parameters.integer("to"), 900);
}

}  // namespace
}  // namespace forkmend::policy
