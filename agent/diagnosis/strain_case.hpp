// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnosis/diagnosis.hpp"
#include "diagnosis/server_state.hpp"

namespace forkmend::diagnosis {

/// A server and its host, looked at for what is wrong beside the failure, or without one.
struct StrainCase {
  const Observation& observation;
  const ServerState& server;
  const std::vector<Failure>& failures;

  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view fact) const {
    return observation.facts.integer(fact);
  }
  [[nodiscard]] std::optional<double> number(std::string_view fact) const {
    return observation.facts.number(fact);
  }
  [[nodiscard]] std::optional<std::string> text(std::string_view fact) const {
    return observation.facts.text(fact);
  }
  /// Source and sentence; a fact of the kernel is a witness of the kernel.
  [[nodiscard]] Evidence witness(std::string_view fact, std::string says) const;
};

/// Looks for one strain. A further one is one function and one line in strains.cpp.
using StrainFinder = std::optional<Cause> (*)(const StrainCase& strain_case);

// Memory (memory_strains.cpp).
[[nodiscard]] std::optional<Cause> find_thp(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_fragmentation(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_swap_thrash(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_memory_high_throttle(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_map_count(const StrainCase& strain_case);
// Memory over time (growth_strain.cpp).
[[nodiscard]] std::optional<Cause> find_memory_growth(const StrainCase& strain_case);
// Time (time_strains.cpp).
[[nodiscard]] std::optional<Cause> find_slow_fork(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_slow_disk(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_overlapping_saves(const StrainCase& strain_case);
// Who did it (service_strains.cpp, killed_server.cpp).
[[nodiscard]] std::optional<Cause> find_full_sync_loop(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_setting_reverted(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_unit_kill(const StrainCase& strain_case);
// What a failure leads to (outcome_strains.cpp).
[[nodiscard]] std::optional<Cause> find_replica_about_to_abort(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_aof_incr_flood(const StrainCase& strain_case);
[[nodiscard]] std::optional<Cause> find_aof_rewrite_limited(const StrainCase& strain_case);

/// All of them, best first. Of a server that runs elsewhere only what it says itself. Pure.
[[nodiscard]] std::vector<Cause> find_strains(const StrainCase& strain_case);

}  // namespace forkmend::diagnosis
