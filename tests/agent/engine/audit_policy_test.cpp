// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/audit_policy.hpp"

#include <gtest/gtest.h>

#include "base/units.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::engine {
namespace {

using diagnosis::Finding;
using diagnosis::Severity;

policy::Policy read(std::string_view text) {
  const auto loaded = policy::parse_policy(text, "p.toml", remediations::remedy_declarations());
  EXPECT_TRUE(std::holds_alternative<policy::Policy>(loaded));
  return std::holds_alternative<policy::Policy>(loaded) ? std::get<policy::Policy>(loaded)
                                                        : policy::Policy{};
}

std::vector<Finding> two_findings() {
  return {{.id = "thp", .severity = Severity::warning, .says = "always"},
          {.id = "commit-limit", .severity = Severity::critical, .says = "no room"}};
}

constexpr std::string_view kWaiver = R"(schema = 1
[[waiver]]
finding = "thp"
reason = "the JVM beside it wants them"
until = "2026-11-25"
)";

TEST(Waiver, MakesItsFindingCountAsOkUntilItsLastDayIsOver) {
  const policy::Policy policy = read(kWaiver);
  auto findings = two_findings();
  apply_policy(findings, "redis://127.0.0.1:6379", policy, {}, *parse_time("2026-11-25T23:59:59Z"));
  EXPECT_EQ(findings[0].counted(), Severity::ok);
  EXPECT_EQ(findings[0].waived, "the JVM beside it wants them (until 2026-11-25)");
  EXPECT_EQ(findings[1].counted(), Severity::critical);

  findings = two_findings();
  apply_policy(findings, "", policy, {}, *parse_time("2026-11-26T00:00:00Z"));
  EXPECT_EQ(findings[0].counted(), Severity::warning);
  EXPECT_EQ(findings[0].says, "always (it was waived until 2026-11-25)");
}

TEST(Waiver, OfOneServerIsNotOneOfTheOthers) {
  const policy::Policy policy =
      read(std::string(kWaiver) + "instance = \"redis://127.0.0.1:6380\"\n");
  const WallTime now = *parse_time("2026-11-25T03:00:00Z");
  auto findings = two_findings();
  apply_policy(findings, "redis://127.0.0.1:6379", policy, {}, now);
  EXPECT_EQ(findings[0].counted(), Severity::warning);
  apply_policy(findings, "redis://127.0.0.1:6380", policy, {}, now);
  EXPECT_EQ(findings[0].counted(), Severity::ok);
}

TEST(Waiver, OfNoFindingIsAWarning) {
  EXPECT_TRUE(idle_waivers(read(kWaiver), {}).empty()) << "thp is a cause";
  policy::Policy policy = read(kWaiver);
  policy.waivers.front().finding = "thpp";
  const auto idle = idle_waivers(policy, {"overcommit-memory"});
  ASSERT_EQ(idle.size(), 1U);
  EXPECT_EQ(idle[0].severity, Severity::warning);
  EXPECT_EQ(idle[0].says, "p.toml:2 waives \"thpp\", which no check is called");
  EXPECT_TRUE(idle_waivers(policy, {"thpp"}).empty());
}

TEST(PolicyColumn, NamesTheRuleThatWouldAct) {
  const policy::Policy policy = read(R"(schema = 1
mode = "heal"
[[rule]]
name = "strict"
cause = ["commit-limit"]
try = ["overcommit-limit"]
)");
  auto findings = two_findings();
  apply_policy(findings, "redis://127.0.0.1:6379", policy, {}, *parse_time("2026-11-25T03:00:00Z"));
  EXPECT_EQ(findings[1].policy, "rule \"strict\" on failure: overcommit-limit (mode heal)");
  EXPECT_EQ(findings[0].policy, "no rule of p.toml acts on it");
}

std::string column_of_thp(std::string_view rule) {
  const policy::Policy policy =
      read("schema = 1\n[[rule]]\nname = \"pages\"\n" + std::string(rule) + "try = [\"thp\"]\n");
  auto findings = two_findings();
  apply_policy(findings, "redis://127.0.0.1:6379", policy, {}, *parse_time("2026-11-25T03:00:00Z"));
  return findings[0].policy;
}

TEST(PolicyColumn, SaysWhichWordMakesARuleActOnAStrain) {
  EXPECT_EQ(column_of_thp("on = [\"strain\"]\ncause = [\"thp\"]\n"),
            "rule \"pages\" on strain, once that is likely: thp (mode dry-run)");
  const std::string asleep =
      "rule \"pages\" names it and does not act on it, as no save fails by it: \"strain\" in its "
      "`on` "
      "turns that on (thp)";
  EXPECT_EQ(column_of_thp("cause = [\"thp\"]\n"), asleep);
  EXPECT_EQ(column_of_thp("on = [\"failure\", \"forecast\"]\ncause = [\"thp\"]\n"), asleep);
  EXPECT_EQ(column_of_thp(""), "no rule of p.toml acts on it") << "it does not name the strain";
}

}  // namespace
}  // namespace forkmend::engine
