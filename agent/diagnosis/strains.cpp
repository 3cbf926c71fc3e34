// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <array>
#include <utility>

#include "base/text.hpp"
#include "diagnosis/failure_case.hpp"
#include "diagnosis/strain_case.hpp"

namespace forkmend::diagnosis {

namespace {

/// The urgent ones first.
constexpr std::array<StrainFinder, 15> kFinders = {
    find_replica_about_to_abort, find_aof_incr_flood, find_aof_rewrite_limited, find_unit_kill,
    find_memory_high_throttle,   find_swap_thrash,    find_map_count,           find_thp,
    find_fragmentation,          find_memory_growth,  find_slow_fork,           find_slow_disk,
    find_overlapping_saves,      find_full_sync_loop, find_setting_reverted,
};

}  // namespace

Evidence StrainCase::witness(std::string_view fact, std::string says) const {
  const Fact* found = observation.facts.find(fact);
  const bool kernel = !fact.starts_with("redis.");
  return Evidence{found != nullptr ? printable(found->source) : std::string(fact), std::move(says),
                  kernel};
}

std::vector<Cause> find_strains(const StrainCase& strain_case) {
  std::vector<Cause> strains;
  if (!strain_case.server.forks) return strains;
  for (const StrainFinder find : kFinders) {
    if (auto strain = find(strain_case)) add_cause(strains, std::move(*strain));
  }
  return strains;
}

}  // namespace forkmend::diagnosis
