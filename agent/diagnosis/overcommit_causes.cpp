// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// commit-limit (overcommit mode 2) and overcommit-heuristic (mode 0). From 6.1 on the kernel logs a
// refusal, and that line proves it; but it does not tell the mode, and the mode may have been
// changed since. The size does: mode 0 of those kernels refuses only what is larger than RAM and
// swap together.
#include <cerrno>
#include <initializer_list>
#include <string>

#include "diagnosis/failure_case.hpp"
#include "forecast/arithmetic.hpp"

namespace forkmend::diagnosis {

namespace {

using forecast::RuleForecast;
using forecast::Verdict;

constexpr std::string_view kCommitLimit = "commit-limit";
constexpr std::string_view kHeuristic = "overcommit-heuristic";

std::optional<std::int64_t> mode_of(const FailureCase& failure_case) {
  return failure_case.integer("host.overcommit_memory");
}

/// Whether a mapping that mode 0 of a new kernel refuses can have been the refused one.
std::optional<bool> beyond_ram_and_swap(const FailureCase& failure_case) {
  const auto ram = failure_case.integer("host.mem_total");
  const auto swap = failure_case.integer("host.swap_total");
  if (!ram || !swap) return std::nullopt;
  const std::int64_t total = forecast::add_clamped(*ram, *swap);
  if (failure_case.kernel.refusal && failure_case.kernel.refusal->bytes) {
    return *failure_case.kernel.refusal->bytes > total;
  }
  if (const auto largest = failure_case.integer("instance.accountable_max"))
    return *largest > total;
  const auto bound = failure_case.integer("instance.accountable_bound");
  return bound && *bound <= total ? std::optional(false) : std::nullopt;
}

/// A refusal that only mode 2 gives, wherever the mode stands now.
bool shows_strict_mode(const FailureCase& failure_case) {
  if (!failure_case.kernel.refusal) return false;
  return mode_of(failure_case) == 2 || beyond_ram_and_swap(failure_case) == false;
}

bool shows_heuristic(const FailureCase& failure_case) {
  if (!failure_case.kernel.refusal || mode_of(failure_case) == 2) return false;
  return beyond_ram_and_swap(failure_case) == true;
}

std::string mode_sentence(std::int64_t mode) {
  const std::string is = "vm.overcommit_memory is " + std::to_string(mode) + ": ";
  if (mode == 0) return is + "CommitLimit is not enforced in mode 0.";
  if (mode == 1) return is + "mode 1 never refuses.";
  if (mode == 2) return is + "the heuristic of mode 0 is not in use.";
  return is + "not a mode that is known.";
}

Cause proven(const FailureCase& failure_case, std::string_view id, const RuleForecast* rule,
             std::int64_t mode_then) {
  Cause cause = make_cause(failure_case, id, Confidence::proven, rule);
  cause.evidence.push_back(kernel_line(failure_case.kernel.refusal->line));
  const auto now = mode_of(failure_case);
  if (now && *now != mode_then) {
    cause.evidence.push_back(Evidence{"/proc/sys/vm/overcommit_memory",
                                      "is " + std::to_string(*now) +
                                          " now; what was refused shows that it was " +
                                          std::to_string(mode_then) + " then.",
                                      false});
  }
  return cause;
}

/// The first of these rules that was asked; "OC" stands for a mode that is not known.
const RuleForecast* first_rule(const FailureCase& failure_case,
                               std::initializer_list<std::string_view> ids) {
  for (const std::string_view id : ids) {
    if (const auto* rule = failure_case.rule(id)) return rule;
  }
  return nullptr;
}

/// The arithmetic of the rule in force, where the kernel's log is silent.
Assessment by_arithmetic(const FailureCase& failure_case, std::string_view id,
                         const RuleForecast* rule) {
  const Verdict verdict = rule != nullptr ? rule->verdict : Verdict::unknown;
  const auto confidence = rule_confidence(failure_case, verdict);
  if (!confidence) return not_shown(id, rule);
  Cause cause = make_cause(failure_case, id, *confidence, rule);
  if (failure_case.kernel.refusal) {
    cause.confidence = Confidence::likely;
    cause.evidence.push_back(kernel_line(failure_case.kernel.refusal->line));
  }
  return cause;
}

/// errno speaks against any overcommit refusal; copy_mm() fails with ENOMEM only.
std::optional<RuledOut> wrong_errno(const FailureCase& failure_case, std::string_view id) {
  if (!failure_case.error() || failure_case.error_is(ENOMEM)) return std::nullopt;
  return RuledOut{std::string(id), "errno " + error_word(failure_case) + " is never overcommit."};
}

}  // namespace

Assessment assess_commit_limit(const FailureCase& failure_case) {
  if (auto out = wrong_errno(failure_case, kCommitLimit)) return *out;
  const RuleForecast* rule = first_rule(failure_case, {"OC2", "OC"});
  if (shows_strict_mode(failure_case)) return proven(failure_case, kCommitLimit, rule, 2);
  if (shows_heuristic(failure_case)) {
    return RuledOut{std::string(kCommitLimit),
                    "the kernel refused a mapping that is larger than RAM and swap together."};
  }
  const auto mode = mode_of(failure_case);
  if (mode && *mode != 2) return RuledOut{std::string(kCommitLimit), mode_sentence(*mode)};
  return by_arithmetic(failure_case, kCommitLimit, rule);
}

Assessment assess_overcommit_heuristic(const FailureCase& failure_case) {
  if (auto out = wrong_errno(failure_case, kHeuristic)) return *out;
  const RuleForecast* rule = first_rule(failure_case, {"OC0-new", "OC0-old", "OC0", "OC"});
  if (shows_heuristic(failure_case)) return proven(failure_case, kHeuristic, rule, 0);
  const auto mode = mode_of(failure_case);
  if (mode && *mode != 0) return RuledOut{std::string(kHeuristic), mode_sentence(*mode)};
  if (shows_strict_mode(failure_case)) {
    return RuledOut{std::string(kHeuristic),
                    "the kernel refused less than RAM and swap together: mode 0 lets that pass."};
  }
  // This rule asks for nothing that comes and goes, so what it admits now it admitted then.
  if (rule != nullptr && rule->id == "OC0-new" && rule->verdict == Verdict::admitted) {
    return RuledOut{std::string(kHeuristic), rule->says};
  }
  return by_arithmetic(failure_case, kHeuristic, rule);
}

}  // namespace forkmend::diagnosis
