// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>

#include "base/fact.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::forecast {

/// One refusal rule of copy_process(). nullopt: the rule is not in force on this host (another
/// overcommit mode is). A missing input gives Verdict::unknown.
using RuleFunction = std::optional<RuleForecast> (*)(const FactSet& facts);

/// RLIMIT_NPROC (is_ucounts_overlimit(), before 5.14 a count per uid).
[[nodiscard]] std::optional<RuleForecast> nproc_rule(const FactSet& facts);
/// kernel.threads-max.
[[nodiscard]] std::optional<RuleForecast> threads_rule(const FactSet& facts);
/// sched_fork(): SCHED_DEADLINE without reset-on-fork.
[[nodiscard]] std::optional<RuleForecast> deadline_rule(const FactSet& facts);
/// Which overcommit mode is in force is not known, or no mode that exists.
[[nodiscard]] std::optional<RuleForecast> overcommit_mode_rule(const FactSet& facts);
/// __vm_enough_memory(), mode 0, 1 and 2.
[[nodiscard]] std::optional<RuleForecast> heuristic_rule(const FactSet& facts);
[[nodiscard]] std::optional<RuleForecast> always_rule(const FactSet& facts);
[[nodiscard]] std::optional<RuleForecast> strict_rule(const FactSet& facts);
/// Charges of page tables: obj_cgroup_charge(), version 1 kernel memory and memory.max.
[[nodiscard]] std::optional<RuleForecast> kmem_rule(const FactSet& facts);
[[nodiscard]] std::optional<RuleForecast> memcg_rule(const FactSet& facts);
/// alloc_pid(): no number left; init of the namespace has died.
[[nodiscard]] std::optional<RuleForecast> pid_max_rule(const FactSet& facts);
[[nodiscard]] std::optional<RuleForecast> pid_namespace_rule(const FactSet& facts);
/// pids_can_fork().
[[nodiscard]] std::optional<RuleForecast> pids_rule(const FactSet& facts);

}  // namespace forkmend::forecast
