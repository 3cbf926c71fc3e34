// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/counters.hpp"

namespace forkmend::host {

/// What overcommit mode 0 of a kernel compares a mapping with.
enum class Mode0Rule {
  old_rule,  ///< free and reclaimable pages plus free swap (before 5.2)
  new_rule,  ///< all RAM plus all swap (from 5.2 on, commit 8c7829b04c52)
  unknown,
};
[[nodiscard]] std::string_view to_string(Mode0Rule rule);

struct Mode0Answer {
  Mode0Rule rule = Mode0Rule::unknown;
  std::string because;
};

/// Which rule a kernel has by its release, vendors' backports and reverts included: RHEL 8.3
/// and 8.4 have the new rule, 8.0 and 8.5 to 8.10 the old one. Releases that nobody has read are
/// unknown.
[[nodiscard]] Mode0Answer mode0_rule(std::string_view kernel_release);

/// F of the old rule in pages, before the reserves: nr_free_pages + nr_file_pages - nr_shmem +
/// nr_slab_reclaimable + nr_kernel_misc_reclaimable + free swap. Kernels that hide a part of it
/// give a lower bound. Source: __vm_enough_memory() before 5.2. nullopt: an input is missing.
[[nodiscard]] std::optional<std::int64_t> free_for_heuristic(const Counters& vmstat,
                                                             std::int64_t swap_free_pages);

/// Size in bytes of a mapping that the new rule of mode 0 admits and the old one refuses: halfway
/// between F (`free`, pages of free_for_heuristic() as bytes) and all RAM and swap. nullopt when
/// the two are too near for an answer that the next allocation of somebody else could not change.
[[nodiscard]] std::optional<std::int64_t> telling_mapping(std::int64_t free, std::int64_t total);

/// What the release says, corrected by whether such a mapping was admitted (nullopt: not asked).
[[nodiscard]] Mode0Answer with_probe(Mode0Answer by_release, std::optional<bool> admitted);

}  // namespace forkmend::host
