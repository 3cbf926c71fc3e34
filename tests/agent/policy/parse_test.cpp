// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "agent/policy/remedies.hpp"
#include "base/units.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

Policy parsed(std::string_view text) {
  auto result = parse_policy(text, "test.toml", testing::kRemedies);
  if (auto* policy = std::get_if<Policy>(&result)) return std::move(*policy);
  ADD_FAILURE() << to_string(std::get<std::vector<PolicyError>>(result).front());
  return {};
}

TEST(PolicyParsing, AnEmptyPolicyHasTheDefaults) {
  const Policy policy = parsed("schema = 1\n");
  EXPECT_EQ(policy.mode, Mode::dry_run);
  EXPECT_EQ(policy.rails.max_risk, Risk::disruptive);
  EXPECT_EQ(policy.rails.cooldown, minutes(10));
  EXPECT_EQ(policy.rails.max_incidents_per_hour, 4);
  EXPECT_EQ(policy.rails.same_cause_limit, 3);
  EXPECT_EQ(policy.rails.verify_timeout, std::nullopt);
  EXPECT_EQ(policy.rails.stable_after, minutes(30));
  EXPECT_TRUE(policy.rails.keep_strict_overcommit);
  EXPECT_TRUE(policy.rules.empty());
}

TEST(PolicyParsing, EveryRailIsRead) {
  const Rails rails = parsed(R"(schema = 1
[rails]
max_risk = "lossy"
cooldown = "250ms"
max_incidents_per_hour = 9
same_cause_limit = 2
verify_timeout = "1h30m"
stable_after = "1d"
windows = ["sat 09:00-17:00 UTC"]
deny = ["thp", "hook"]
keep_strict_overcommit = false
)")
                          .rails;
  EXPECT_EQ(rails.max_risk, Risk::lossy);
  EXPECT_EQ(rails.cooldown, milliseconds(250));
  EXPECT_EQ(rails.max_incidents_per_hour, 9);
  EXPECT_EQ(rails.same_cause_limit, 2);
  EXPECT_EQ(rails.verify_timeout, minutes(90));
  EXPECT_EQ(rails.stable_after, std::chrono::hours(24));
  ASSERT_EQ(rails.windows.size(), 1U);
  EXPECT_TRUE(rails.windows[0].days[5]);
  EXPECT_EQ(rails.deny, (std::vector<std::string>{"thp", "hook"}));
  EXPECT_FALSE(rails.keep_strict_overcommit);
}

TEST(PolicyParsing, RemediesGetTheirParameters) {
  const Policy policy = parsed(R"(schema = 1
[[rule]]
name = "r"
on = ["forecast"]
cause = ["commit-limit"]
first_aid = ["guard-replica"]
try = [
  { remedy = "overcommit-limit", raise_to = "2GiB", risk = "durability" },
  "thp",
]
persist = "after-verify"
)");
  ASSERT_EQ(policy.rules.size(), 1U);
  const Rule& rule = policy.rules[0];
  EXPECT_EQ(rule.at.line, 2U);
  EXPECT_EQ(rule.on, (std::vector{Trigger::forecast}));
  EXPECT_EQ(rule.persist, Persist::after_verify);
  ASSERT_EQ(rule.first_aid.size(), 1U);
  ASSERT_EQ(rule.attempts.size(), 2U);
  EXPECT_EQ(rule.attempts[0].parameters.integer("raise_to"), std::int64_t{2} << 30);
  EXPECT_EQ(rule.attempts[0].parameters.integer("headroom"), std::int64_t{64} << 20);
  EXPECT_EQ(rule.attempts[0].risk, Risk::durability);
  EXPECT_EQ(rule.attempts[0].at.line, 8U);
  EXPECT_EQ(rule.attempts[1].remedy, "thp");
  EXPECT_EQ(rule.attempts[1].parameters.text("state"), "madvise");
  EXPECT_EQ(rule.attempts[1].risk, std::nullopt);
}

TEST(PolicyParsing, ARuleWithoutTriggerIsForFailures) {
  const Policy policy = parsed("schema = 1\n[[rule]]\nname = \"r\"\ntry = []\n");
  EXPECT_EQ(policy.rules[0].on, (std::vector{Trigger::failure}));
  EXPECT_EQ(policy.rules[0].persist, Persist::never);
}

TEST(PolicyErrors, PointIntoTheFile) {
  const PolicyError error{"p.toml", {3, 7}, "unknown key \"x\""};
  EXPECT_EQ(to_string(error), "p.toml:3:7: unknown key \"x\"");
  EXPECT_EQ(to_string(PolicyError{"a\nb", {}, "gone"}), "a\\nb: gone");
}

TEST(PolicyErrors, ComeAllAtOnceInFileOrder) {
  const auto result = parse_policy(
      "schema = 1\n[[rule]]\nname = \"r\"\nzap = 1\ntry = [\"nope\"]\non = [\"never\"]\n", "p.toml",
      testing::kRemedies);
  const auto& errors = std::get<std::vector<PolicyError>>(result);
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors[0].at.line, 4U);
  EXPECT_EQ(errors[1].at.line, 5U);
  EXPECT_EQ(errors[2].at.line, 6U);
}

}  // namespace
}  // namespace forkmend::policy
