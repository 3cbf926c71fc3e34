// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/save_again.hpp"

#include <gtest/gtest.h>

#include <string>

#include "engine/first_aid.hpp"

namespace forkmend::engine {
namespace {

using diagnosis::Confidence;
using diagnosis::Diagnosis;
using diagnosis::FailureStage;

forecast::Forecast admitted() {
  forecast::Forecast forecast;
  forecast.verdict = forecast::Verdict::admitted;
  return forecast;
}

Diagnosis failed_at(FailureStage stage) {
  Diagnosis diagnosis;
  diagnosis.failing = true;
  diagnosis.failures.push_back({.stage = stage});
  return diagnosis;
}

FactSet stage_fact(const char* stage) {
  FactSet facts;
  facts.set("failure.stage", std::string(stage), "", "test");
  return facts;
}

Diagnosis with_cause(const char* id, Confidence confidence) {
  Diagnosis diagnosis = failed_at(FailureStage::fork);
  diagnosis.causes.push_back({.id = id, .confidence = confidence});
  return diagnosis;
}

TEST(SaveAgain, IsEnoughOnceTheForkThatFailedWouldSucceed) {
  EXPECT_TRUE(cause_is_gone(stage_fact("fork"), failed_at(FailureStage::fork), admitted()));
  EXPECT_TRUE(cause_is_gone(stage_fact("fork"), with_cause("commit-limit", Confidence::proven),
                            admitted()));
}

TEST(SaveAgain, IsNotTriedWhileTheForkIsNotAdmitted) {
  forecast::Forecast forecast;
  for (const auto verdict :
       {forecast::Verdict::refused, forecast::Verdict::too_close, forecast::Verdict::unknown}) {
    forecast.verdict = verdict;
    EXPECT_FALSE(cause_is_gone(stage_fact("fork"), failed_at(FailureStage::fork), forecast));
  }
}

TEST(SaveAgain, IsNotTriedAfterAFailureBeyondTheFork) {
  for (const char* stage : {"child-exit", "child-signal", "write", "hung"}) {
    EXPECT_FALSE(cause_is_gone(stage_fact(stage), failed_at(FailureStage::unknown), admitted()));
  }
  EXPECT_FALSE(
      cause_is_gone(stage_fact("unknown"), failed_at(FailureStage::child_exit), admitted()));
}

TEST(SaveAgain, IsTriedAtAnUnknownStageWhenNothingSpeaksOfALaterOne) {
  EXPECT_TRUE(cause_is_gone(stage_fact("unknown"), failed_at(FailureStage::unknown), admitted()));
  EXPECT_TRUE(cause_is_gone(FactSet{}, failed_at(FailureStage::unknown), admitted()));
}

TEST(SaveAgain, IsNotTriedAgainstACauseThatTheForecastDoesNotJudge) {
  EXPECT_FALSE(
      cause_is_gone(stage_fact("fork"), with_cause("disk-full", Confidence::likely), admitted()));
  EXPECT_TRUE(
      cause_is_gone(stage_fact("fork"), with_cause("disk-full", Confidence::possible), admitted()));
  EXPECT_TRUE(cause_is_gone(stage_fact("fork"), with_cause("thp", Confidence::proven), admitted()));
}

TEST(SaveAgain, IsNothingToDoWhenNothingFails) {
  EXPECT_FALSE(cause_is_gone(FactSet{}, Diagnosis{}, admitted()));
}

TEST(SaveAgain, NamesTheCauseOfEachRuleOfTheForecast) {
  EXPECT_EQ(cause_of_rule("OC2"), "commit-limit");
  EXPECT_EQ(cause_of_rule("OC0-old"), "overcommit-heuristic");
  EXPECT_EQ(cause_of_rule("PIDS"), "pids-limit");
  EXPECT_EQ(cause_of_rule("OC1"), "");
}

remediations::Step replica_guard() {
  remediations::Step step;
  step.target.type = remediations::StepType::config;
  step.target.name = "replica-ignore-disk-write-errors";
  step.before = "no";
  step.after = "yes";
  return step;
}

TEST(FirstAid, StaysOnAReplicaThatWouldAbortWithoutIt) {
  FactSet now;
  now.set("redis.role", std::string("slave"), "", "test");
  now.set("redis.rdb_last_bgsave_status", std::string("err"), "", "test");
  EXPECT_TRUE(harm_of_removal(replica_guard(), now));
  remediations::Step other = replica_guard();
  other.target.name = "auto-aof-rewrite-percentage";
  EXPECT_FALSE(harm_of_removal(other, now));
  now.set("redis.aof_last_bgrewrite_status", std::string("err"), "", "test");
  EXPECT_FALSE(harm_of_removal(other, now)) << "not ours: it is yes, not 0";
  remediations::Step bridge = replica_guard();
  bridge.target.name = "stop-writes-on-bgsave-error";
  bridge.after = "no";
  EXPECT_TRUE(harm_of_removal(bridge, now)) << "made on a primary that is a replica by now";
  other.after = "0";
  EXPECT_TRUE(harm_of_removal(other, now)) << "a flood of INCR files";
  now.set("redis.rdb_last_bgsave_status", std::string("ok"), "", "test");
  EXPECT_FALSE(harm_of_removal(replica_guard(), now));
  now.set("redis.aof_last_write_status", std::string("err"), "", "test");
  EXPECT_TRUE(harm_of_removal(replica_guard(), now));
  now.set("redis.role", std::string("master"), "", "test");
  EXPECT_FALSE(harm_of_removal(replica_guard(), now));
}

}  // namespace
}  // namespace forkmend::engine
