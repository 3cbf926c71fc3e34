// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/save_again.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace forkmend::engine {

namespace {

using diagnosis::FailureStage;

/// Causes that are over once the forecast admits the fork.
constexpr std::array<std::string_view, 6> kJudgedByForecast = {
    "overcommit-heuristic", "commit-limit",      "nproc-limit",
    "pids-limit",           "system-task-limit", "child-slot-taken"};

/// These make saves dearer or follow from failing saves; none of them makes a fork fail.
constexpr std::array<std::string_view, 8> kBesideTheFork = {"thp",
                                                            "fragmentation",
                                                            "slow-fork",
                                                            "memory-growth",
                                                            "aof-incr-flood",
                                                            "replica-about-to-abort",
                                                            "setting-reverted",
                                                            "false-alarm"};

bool is_active(const diagnosis::Cause& cause) {
  if (cause.confidence == diagnosis::Confidence::possible) return false;
  return std::ranges::find(kJudgedByForecast, cause.id) == kJudgedByForecast.end() &&
         std::ranges::find(kBesideTheFork, cause.id) == kBesideTheFork.end();
}

bool came_after_the_fork(const diagnosis::Failure& failure) {
  switch (failure.stage) {
    case FailureStage::child_exit:
    case FailureStage::child_signal:
    case FailureStage::write:
    case FailureStage::hung:
      return true;
    case FailureStage::fork:
    case FailureStage::unknown:
      return false;
  }
  return true;
}

bool fork_failed_last(const FactSet& facts, const diagnosis::Diagnosis& diagnosis) {
  const auto stage = facts.text("failure.stage");
  if (stage == "fork") return true;
  if (stage && *stage != "unknown") return false;
  return std::ranges::none_of(diagnosis.failures, came_after_the_fork);
}

}  // namespace

bool cause_is_gone(const FactSet& facts, const diagnosis::Diagnosis& diagnosis,
                   const forecast::Forecast& forecast) {
  return diagnosis.failing && forecast.verdict == forecast::Verdict::admitted &&
         fork_failed_last(facts, diagnosis) && std::ranges::none_of(diagnosis.causes, is_active);
}

std::string_view cause_of_rule(std::string_view rule) {
  if (rule.starts_with("OC0")) return "overcommit-heuristic";
  if (rule == "OC2") return "commit-limit";
  if (rule == "NPROC") return "nproc-limit";
  if (rule == "PIDS") return "pids-limit";
  if (rule == "THR" || rule == "PIDMAX") return "system-task-limit";
  return {};
}

}  // namespace forkmend::engine
