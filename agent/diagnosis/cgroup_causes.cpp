// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// ENOMEM that is not overcommit: a memory cgroup that could not be charged for the child's page
// tables, and whose kernel killed nobody; the limit of kernel memory of cgroup version 1.
#include <cerrno>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "diagnosis/failure_case.hpp"
#include "forecast/cgroup_levels.hpp"

namespace forkmend::diagnosis {

namespace {

using forecast::RuleForecast;
using forecast::Verdict;

constexpr std::string_view kRefusal = "cgroup-memory-refusal";
constexpr std::string_view kKmem = "kmem-limit";

/// What the levels have counted; a count has no time.
std::vector<Evidence> counted(const FailureCase& failure_case, std::string_view counter,
                              std::string_view says) {
  std::vector<Evidence> out;
  const FactSet& facts = failure_case.observation.facts;
  for (const std::string& level : forecast::level_prefixes(facts, forecast::Controller::memory)) {
    const auto times = failure_case.integer(level + std::string(counter));
    if (times.value_or(0) <= 0) continue;
    const auto path = facts.text(level + "path");
    out.push_back({path ? printable(*path) : "memory cgroup",
                   std::string(counter) + " is " + format_count(*times) + ": " + std::string(says),
                   true});
  }
  return out;
}

bool anything_killed(const FailureCase& failure_case) {
  return !counted(failure_case, "oom_kill", "").empty();
}

std::optional<RuledOut> wrong_errno(const FailureCase& failure_case, std::string_view id) {
  if (!failure_case.error() || failure_case.error_is(ENOMEM)) return std::nullopt;
  return RuledOut{std::string(id),
                  "errno is " + error_word(failure_case) + ": a memory limit gives ENOMEM."};
}

/// A limit that is met now and a counter that says it was met before: proven with the errno.
Assessment by_rule_and_count(const FailureCase& failure_case, std::string_view id,
                             const RuleForecast* rule, std::vector<Evidence> counts) {
  if (rule == nullptr || rule->verdict == Verdict::unknown) return not_shown(id, rule);
  const bool refuses = forecast::denies(rule->verdict);
  const bool told = failure_case.error().has_value();
  if (!refuses && (counts.empty() || !told)) return not_shown(id, rule);
  Confidence confidence = Confidence::possible;
  if (refuses) confidence = told && !counts.empty() ? Confidence::proven : Confidence::likely;
  Cause cause = make_cause(failure_case, id, confidence, rule);
  for (Evidence& count : counts) cause.evidence.push_back(std::move(count));
  return cause;
}

}  // namespace

Assessment assess_cgroup_memory_refusal(const FailureCase& failure_case) {
  if (auto out = wrong_errno(failure_case, kRefusal)) return *out;
  const RuleForecast* rule = failure_case.rule("MEMCG");
  if (rule != nullptr && rule->verdict == Verdict::kill) {
    return RuledOut{std::string(kRefusal),
                    "this kernel kills at that limit and does not refuse. " + rule->says};
  }
  if (anything_killed(failure_case)) {
    return RuledOut{std::string(kRefusal),
                    "oom_kill has grown: the kernel kills at that limit and does not refuse."};
  }
  auto counts = counted(failure_case, "oom", "so many times its limit was met.");
  for (Evidence& count : counted(failure_case, "failcnt", "so many charges hit its limit.")) {
    counts.push_back(std::move(count));
  }
  return by_rule_and_count(failure_case, kRefusal, rule, std::move(counts));
}

Assessment assess_kmem_limit(const FailureCase& failure_case) {
  if (auto out = wrong_errno(failure_case, kKmem)) return *out;
  const RuleForecast* rule = failure_case.rule("KMEM");
  if (rule == nullptr) {
    return RuledOut{std::string(kKmem),
                    "this kernel does not enforce memory.kmem.limit_in_bytes (from 5.16 on)."};
  }
  return by_rule_and_count(
      failure_case, kKmem, rule,
      counted(failure_case, "kmem_failcnt", "so many charges of kernel memory hit the limit."));
}

}  // namespace forkmend::diagnosis
