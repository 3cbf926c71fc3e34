// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>
#include <utility>

#include "base/error.hpp"
#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

namespace {

using forecast::Verdict;

/// In the order in which the kernel asks; among equally sure causes the first one binds first.
/// Memory that is really short refuses nothing by itself, so it comes last.
constexpr std::array<Assessor, 12> kForkAssessors = {
    assess_child_slot_taken, assess_fork_filter,           assess_nproc_limit,
    assess_commit_limit,     assess_overcommit_heuristic,  assess_system_task_limit,
    assess_guest_limit,      assess_cgroup_memory_refusal, assess_kmem_limit,
    assess_pids_limit,       assess_pid_namespace_dead,    assess_memory_shortage,
};

}  // namespace

void add_cause(std::vector<Cause>& causes, Cause cause) {
  // Confidence is declared from proven down to possible.
  const auto place = std::ranges::upper_bound(causes, cause.confidence, {}, &Cause::confidence);
  causes.insert(place, std::move(cause));
}

Verdict FailureCase::verdict(std::string_view id) const {
  const auto* found = rule(id);
  return found != nullptr ? found->verdict : Verdict::unknown;
}

Evidence server_evidence(const FailureCase& failure_case) {
  return Evidence{failure_case.failure.source, failure_case.failure.text, false};
}

Evidence rule_evidence(const forecast::RuleForecast& rule) {
  return Evidence{"kernel rule " + rule.id, rule.says, false};
}

Evidence kernel_line(std::string line) {
  return Evidence{"kernel log", std::move(line), true};
}

Cause make_cause(const FailureCase& failure_case, std::string_view id, Confidence confidence,
                 const forecast::RuleForecast* rule) {
  Cause cause;
  cause.id = id;
  cause.confidence = confidence;
  cause.evidence.push_back(server_evidence(failure_case));
  if (rule != nullptr) cause.evidence.push_back(rule_evidence(*rule));
  return cause;
}

std::optional<Confidence> rule_confidence(const FailureCase& failure_case, Verdict verdict) {
  const bool told = failure_case.error().has_value();
  switch (verdict) {
    case Verdict::refused:
    case Verdict::kill:
      return Confidence::likely;
    case Verdict::too_close:
      return told ? Confidence::likely : Confidence::possible;
    case Verdict::admitted:
    case Verdict::unknown:
      break;
  }
  return told ? std::optional(Confidence::possible) : std::nullopt;
}

Assessment not_shown(std::string_view id, const forecast::RuleForecast* rule) {
  const std::string name(id);
  if (rule == nullptr) return Undecided{name + " could not be checked: this host was not read."};
  if (rule->verdict == Verdict::unknown) {
    return Undecided{name + " could not be checked. " + rule->says};
  }
  return RuledOut{name, "Nothing points to it. " + rule->says};
}

std::string error_word(const FailureCase& failure_case) {
  return failure_case.error() ? errno_name(*failure_case.error()) : "an unknown error";
}

Findings weigh_fork_causes(const FailureCase& failure_case) {
  return weigh_all(failure_case, kForkAssessors);
}

Findings weigh_all(const FailureCase& failure_case, std::span<const Assessor> assessors) {
  Findings findings;
  for (const Assessor assess : assessors) {
    Assessment assessment = assess(failure_case);
    if (auto* cause = std::get_if<Cause>(&assessment)) {
      add_cause(findings.causes, std::move(*cause));
    } else if (auto* out = std::get_if<RuledOut>(&assessment)) {
      findings.ruled_out.push_back(std::move(*out));
    } else {
      findings.undecided.push_back(std::get<Undecided>(assessment).because);
    }
  }
  return findings;
}

}  // namespace forkmend::diagnosis
