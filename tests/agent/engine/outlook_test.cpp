// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/outlook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace forkmend::engine {
namespace {

using forecast::Forecast;
using forecast::Verdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

forecast::RuleForecast rule_of(const char* id, Verdict verdict) {
  forecast::RuleForecast rule;
  rule.id = id;
  rule.verdict = verdict;
  rule.says = "Refused: one task too many.";
  return rule;
}

Forecast admitted() {
  Forecast forecast;
  forecast.verdict = Verdict::admitted;
  forecast.cow.verdict = Verdict::admitted;
  forecast.disk.verdict = Verdict::admitted;
  return forecast;
}

Forecast refused_by(const char* rule) {
  Forecast forecast = admitted();
  forecast.verdict = Verdict::refused;
  forecast.binding_rule = rule;
  forecast.rules = {rule_of(rule, Verdict::refused)};
  return forecast;
}

TEST(Obstacle, IsNoneWhereTheForkIsAdmitted) {
  EXPECT_EQ(obstacle(admitted(), "commit-limit"), std::nullopt);
}

TEST(Obstacle, IsARefusalWhateverTheCause) {
  for (const auto* cause : {"commit-limit", "disk-full", "seccomp"}) {
    EXPECT_EQ(obstacle(refused_by("PIDS"), cause),
              "the next fork would be refused by the rule PIDS: one task too many");
  }
}

TEST(Obstacle, IsAKillInsideTheFork) {
  Forecast forecast = refused_by("MEMCG");
  forecast.verdict = Verdict::kill;
  EXPECT_EQ(obstacle(forecast, "cgroup-memory-refusal"),
            "the next fork would end in an OOM kill by the rule MEMCG: one task too many");
}

/// What nobody knows is left to the guards of the verification.
TEST(Obstacle, IsNothingThatIsNotSure) {
  Forecast forecast = admitted();
  for (const Verdict verdict : {Verdict::unknown, Verdict::too_close}) {
    forecast.verdict = verdict;
    forecast.cow.verdict = verdict;
    forecast.disk.verdict = verdict;
    EXPECT_EQ(obstacle(forecast, "memory-shortage"), std::nullopt);
  }
}

TEST(Obstacle, IsAKilledChildWhereMemoryIsTheCause) {
  Forecast forecast = admitted();
  forecast.cow.verdict = Verdict::kill;
  forecast.cow.says = "While the child lives about 2 GiB are copied.";
  for (const auto* cause : {"memory-shortage", "cgroup-oom", "host-oom"}) {
    EXPECT_EQ(obstacle(forecast, cause),
              "the child would probably be killed: While the child lives about 2 GiB are copied");
  }
  EXPECT_EQ(obstacle(forecast, "commit-limit"), std::nullopt) << "an estimate, and not the cause";
}

TEST(Obstacle, IsAFullDiskWhereThatIsTheCause) {
  Forecast forecast = admitted();
  forecast.disk.verdict = Verdict::refused;
  EXPECT_EQ(obstacle(forecast, "disk-full"), "the new file would not fit");
  EXPECT_EQ(obstacle(forecast, "commit-limit"), std::nullopt);
}

TEST(RefusingCauses, AreThoseOfEveryRuleThatRefusesOnce) {
  Forecast forecast = refused_by("THR");
  forecast.rules.push_back(rule_of("PIDMAX", Verdict::refused));
  forecast.rules.push_back(rule_of("OC2", Verdict::refused));
  forecast.rules.push_back(rule_of("NPROC", Verdict::admitted));
  forecast.rules.push_back(rule_of("PIDNS", Verdict::refused));
  EXPECT_THAT(refusing_causes(forecast), ElementsAre("system-task-limit", "commit-limit"));
  EXPECT_THAT(refusing_causes(admitted()), IsEmpty());
}

TEST(FactsAfter, HoldWhatFollowsFromAStepAndTheForecastOfIt) {
  constexpr std::int64_t kGibibyte = std::int64_t{1} << 30;
  FactSet facts;
  for (const auto* name : {"host.swap_total", "host.swap_free"})
    facts.set(name, kGibibyte, "", "test");
  remediations::Step step;
  step.effects.emplace("host.swap_total", 3 * kGibibyte);
  const FactSet after = facts_after(facts, {step});
  EXPECT_EQ(after.integer("host.swap_total"), 3 * kGibibyte);
  EXPECT_EQ(after.integer("host.swap_free"), 3 * kGibibyte) << "new swap is free";
  EXPECT_EQ(after.text("forecast.verdict"), "unknown");
}

}  // namespace
}  // namespace forkmend::engine
