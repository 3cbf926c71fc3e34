// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// nproc-limit and system-task-limit: the kernel leaves no trace of either, neither a counter nor a
// line, so arithmetic is all there is and nothing is ever proven. pids-limit is in pids_cause.cpp.
#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

namespace {

using forecast::RuleForecast;
using forecast::Verdict;

constexpr std::string_view kNproc = "nproc-limit";
constexpr std::string_view kSystem = "system-task-limit";

RuledOut wrong_errno(const FailureCase& failure_case, std::string_view id, std::string_view limit) {
  return RuledOut{std::string(id), "errno is " + error_word(failure_case) + ": " +
                                       std::string(limit) + " is answered with EAGAIN."};
}

/// Less than half of a limit in use: a moment ago it was not full either.
bool is_far(const RuleForecast& rule, std::optional<std::int64_t> used) {
  return rule.verdict == Verdict::admitted && rule.margin && used && *rule.margin > *used;
}

/// Rules of the system's tasks that can have answered with this errno.
std::vector<const RuleForecast*> fitting_rules(const FailureCase& failure_case) {
  std::vector<const RuleForecast*> rules;
  for (const auto* id : {"THR", "PIDMAX"}) {
    const auto* rule = failure_case.rule(id);
    if (rule == nullptr) continue;
    if (!failure_case.error() || failure_case.error_is(rule->refusal_errno)) rules.push_back(rule);
  }
  return rules;
}

/// The rule that decides: one that refuses before a close one before an unknown one.
const RuleForecast* decisive(const std::vector<const RuleForecast*>& rules) {
  for (const auto verdict : {Verdict::refused, Verdict::too_close, Verdict::unknown}) {
    const auto found = std::ranges::find(rules, verdict, &RuleForecast::verdict);
    if (found != rules.end()) return *found;
  }
  return rules.empty() ? nullptr : rules.front();
}

}  // namespace

Assessment assess_nproc_limit(const FailureCase& failure_case) {
  if (failure_case.error() && !failure_case.error_is(EAGAIN)) {
    return wrong_errno(failure_case, kNproc, "RLIMIT_NPROC");
  }
  const RuleForecast* rule = failure_case.rule("NPROC");
  if (rule != nullptr && rule->verdict == Verdict::admitted) {
    const bool never = !rule->margin;
    if (never || is_far(*rule, failure_case.integer("instance.uid_tasks"))) {
      return RuledOut{std::string(kNproc), rule->says};
    }
  }
  const auto confidence =
      rule_confidence(failure_case, rule != nullptr ? rule->verdict : Verdict::unknown);
  if (!confidence) return not_shown(kNproc, rule);
  return make_cause(failure_case, kNproc, *confidence, rule);
}

Assessment assess_system_task_limit(const FailureCase& failure_case) {
  const auto rules = fitting_rules(failure_case);
  const bool eagain = failure_case.error_is(EAGAIN);
  if (failure_case.error() && !eagain && rules.empty()) {
    return wrong_errno(failure_case, kSystem, "a full task table");
  }
  const auto far = [&](const RuleForecast* rule) {
    return is_far(*rule, failure_case.integer("host.threads"));
  };
  if (!rules.empty() && std::ranges::all_of(rules, far)) {
    return RuledOut{std::string(kSystem), rules.front()->says};
  }
  const RuleForecast* rule = decisive(rules);
  const auto confidence =
      rule_confidence(failure_case, rule != nullptr ? rule->verdict : Verdict::unknown);
  if (!confidence) return not_shown(kSystem, rule);
  return make_cause(failure_case, kSystem, *confidence, rule);
}

}  // namespace forkmend::diagnosis
