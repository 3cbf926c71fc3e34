// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "agent/policy/remedies.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {
namespace {

constexpr std::string_view kText = R"(
schema = 1
[[rule]]
name = "small shortfall"
on = ["failure", "forecast"]
cause = ["commit-limit"]
when = ["host.overcommit_memory == 2", "forecast.shortfall < 8GiB"]
try = ["overcommit-limit"]
[[rule]]
name = "tasks"
cause = ["nproc-limit", "pids-limit"]
try = ["nproc-limit", "tasks-limit"]
[[rule]]
name = "anything else"
try = ["thp"]
)";

Policy policy_of(std::string_view text) {
  auto result = parse_policy(text, "test.toml", testing::kRemedies);
  if (auto* policy = std::get_if<Policy>(&result)) return std::move(*policy);
  ADD_FAILURE() << to_string(std::get<std::vector<PolicyError>>(result).front());
  return {};
}

FactSet strict_host(std::int64_t shortfall) {
  FactSet facts;
  facts.set("host.overcommit_memory", std::int64_t{2}, "count", "test");
  facts.set("forecast.shortfall", shortfall, "bytes", "test");
  return facts;
}

TEST(RuleMatching, TakesTheFirstRuleThatHolds) {
  const Policy policy = policy_of(kText);
  const auto match = match_rule(policy, Trigger::failure, "commit-limit", strict_host(1 << 20));
  ASSERT_NE(match.rule, nullptr);
  EXPECT_EQ(match.rule->name, "small shortfall");
  ASSERT_EQ(match.trace.size(), 3U);
  EXPECT_TRUE(match.trace[0].matched);
  EXPECT_EQ(match.trace[0].because,
            "on failure, cause \"commit-limit\", host.overcommit_memory == 2 holds: it is 2, "
            "forecast.shortfall < 8GiB holds: it is 1 MiB");
  EXPECT_FALSE(match.trace[2].matched);
  EXPECT_EQ(match.trace[2].because, "an earlier rule matched: \"small shortfall\"");
}

TEST(RuleMatching, SaysTheFirstThingThatDoesNotHold) {
  const Policy policy = policy_of(kText);
  const FactSet facts = strict_host(std::int64_t{9} << 30);
  const auto match = match_rule(policy, Trigger::failure, "commit-limit", facts);
  ASSERT_NE(match.rule, nullptr);
  EXPECT_EQ(match.rule->name, "anything else");
  EXPECT_EQ(match.trace[0].because, "forecast.shortfall < 8GiB does not hold: it is 9 GiB");
  EXPECT_EQ(match.trace[1].because,
            "the cause is \"commit-limit\", not \"nproc-limit\" or \"pids-limit\"");
  EXPECT_EQ(match.trace[2].because, "on failure, any cause");
}

TEST(RuleMatching, DoesNotHoldOverAnUnknownFact) {
  const Policy policy = policy_of(kText);
  const auto match = match_rule(policy, Trigger::failure, "commit-limit", FactSet());
  EXPECT_EQ(match.rule->name, "anything else");
  EXPECT_EQ(match.trace[0].because, "host.overcommit_memory == 2 is unknown: nobody looked");
}

TEST(RuleMatching, ForecastsNeedTheirTrigger) {
  const Policy policy = policy_of(kText);
  const auto match = match_rule(policy, Trigger::forecast, "pids-limit", strict_host(1));
  EXPECT_EQ(match.rule, nullptr);
  EXPECT_EQ(match.trace[1].because, "on does not name \"forecast\"");
}

TEST(RuleMatching, AnUnknownCauseFitsOnlyARuleForAny) {
  const Policy policy = policy_of(kText);
  const auto match = match_rule(policy, Trigger::failure, "", strict_host(1));
  ASSERT_NE(match.rule, nullptr);
  EXPECT_EQ(match.rule->name, "anything else");
  EXPECT_EQ(match.trace[0].because, "the cause is unknown, not \"commit-limit\"");
}

TEST(RuleMatching, FindsNothingWithoutRules) {
  const Policy policy = policy_of("schema = 1\n");
  const auto match = match_rule(policy, Trigger::failure, "commit-limit", strict_host(1));
  EXPECT_EQ(match.rule, nullptr);
  EXPECT_TRUE(match.trace.empty());
}

}  // namespace
}  // namespace forkmend::policy
