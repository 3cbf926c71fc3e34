// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "diagnosis/child_witness.hpp"
#include "diagnosis/diagnosis.hpp"
#include "diagnosis/kernel_witness.hpp"

namespace forkmend::diagnosis {

/// One failure with all witnesses.
struct FailureCase {
  const Observation& observation;
  const Failure& failure;
  KernelWitness kernel;
  ChildWitness child{};

  [[nodiscard]] std::optional<int> error() const { return failure.error_number; }
  [[nodiscard]] bool error_is(int number) const { return failure.error_number == number; }
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view fact) const {
    return observation.facts.integer(fact);
  }
  [[nodiscard]] const forecast::RuleForecast* rule(std::string_view id) const {
    return observation.forecast.find(id);
  }
  [[nodiscard]] forecast::Verdict verdict(std::string_view id) const;
};

/// Neither shown nor ruled out, because something could not be read.
struct Undecided {
  std::string because;
};

using Assessment = std::variant<Cause, RuledOut, Undecided>;
/// Looks at one cause. A further cause is one function and one line in fork_causes.cpp.
using Assessor = Assessment (*)(const FailureCase& failure_case);

[[nodiscard]] Assessment assess_fork_filter(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_commit_limit(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_overcommit_heuristic(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_nproc_limit(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_system_task_limit(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_pids_limit(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_cgroup_memory_refusal(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_kmem_limit(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_pid_namespace_dead(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_child_slot_taken(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_guest_limit(const FailureCase& failure_case);
[[nodiscard]] Assessment assess_memory_shortage(const FailureCase& failure_case);

/// The server's own line or field.
[[nodiscard]] Evidence server_evidence(const FailureCase& failure_case);
/// The rule's arithmetic.
[[nodiscard]] Evidence rule_evidence(const forecast::RuleForecast& rule);
/// A line of the kernel log.
[[nodiscard]] Evidence kernel_line(std::string line);

/// A cause with the server's evidence and, when there is one, the rule's.
[[nodiscard]] Cause make_cause(const FailureCase& failure_case, std::string_view id,
                               Confidence confidence, const forecast::RuleForecast* rule);

/// What the arithmetic of a rule alone is worth for a cause whose errno fits or is not known.
/// nullopt: nothing (the rule admits a fork and no errno was told, or an input is missing).
[[nodiscard]] std::optional<Confidence> rule_confidence(const FailureCase& failure_case,
                                                        forecast::Verdict verdict);

/// The answer where rule_confidence() gave nothing.
[[nodiscard]] Assessment not_shown(std::string_view id, const forecast::RuleForecast* rule);

/// "EAGAIN" and so on, for sentences.
[[nodiscard]] std::string error_word(const FailureCase& failure_case);

struct Findings {
  std::vector<Cause> causes;  ///< best first
  std::vector<RuledOut> ruled_out;
  std::vector<std::string> undecided;  ///< sentences
};

/// Every cause of a refused fork that forkmend knows, weighed. Pure.
[[nodiscard]] Findings weigh_fork_causes(const FailureCase& failure_case);
/// The same for a child that a signal ended.
[[nodiscard]] Findings weigh_signal_causes(const FailureCase& failure_case);
/// The same for a child that runs and gets nowhere.
[[nodiscard]] Findings weigh_hung_causes(const FailureCase& failure_case);

/// Asks each of them in turn.
[[nodiscard]] Findings weigh_all(const FailureCase& failure_case,
                                 std::span<const Assessor> assessors);

/// Every cause of a child or a server that could not write, weighed; for stages child_exit and
/// write, and a child that died of SIGXFSZ. Pure.
[[nodiscard]] Findings weigh_write_causes(const FailureCase& failure_case);

/// Best first, in the order of coming among equals.
void add_cause(std::vector<Cause>& causes, Cause cause);

}  // namespace forkmend::diagnosis
