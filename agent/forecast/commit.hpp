// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>

#include "base/fact.hpp"

namespace forkmend::forecast {

/// What CommitLimit is made of. Sizes in bytes.
struct CommitSettings {
  std::int64_t page_size = 0;
  std::int64_t mem_total = 0;
  std::int64_t hugetlb = 0;  ///< huge page pools: they cannot back ordinary memory
  std::int64_t swap_total = 0;
  std::int64_t overcommit_ratio = 0;   ///< percent
  std::int64_t overcommit_kbytes = 0;  ///< KiB; not 0: replaces the ratio
};

/// The settings of the running host; nullopt when one that counts is missing (the ratio does not
/// count while overcommit_kbytes is set).
[[nodiscard]] std::optional<CommitSettings> commit_settings(const FactSet& facts);

/// CommitLimit in pages, by the kernel's integer arithmetic: vm_commit_limit() of mm/util.c.
[[nodiscard]] std::int64_t commit_limit_pages(const CommitSettings& settings);
/// The same in bytes: CommitLimit of /proc/meminfo.
[[nodiscard]] std::int64_t commit_limit_bytes(const CommitSettings& settings);

/// By how much (pages) the counter that the kernel tests can be off the sum that /proc/meminfo
/// shows: vm_committed_as_batch x CPUs in mode 2 (mm_compute_batch() of mm/mm_init.c). 0
/// before 5.9, where /proc/meminfo shows the tested value itself. A release that is not known
/// counts as a new one. nullopt: an input is missing.
[[nodiscard]] std::optional<std::int64_t> commit_counter_error_pages(const FactSet& facts);

/// Bytes by which CommitLimit has to rise so that mode 2 admits the fork for sure: the counter's
/// error and a twentieth of the charge (at least 32 MiB) stay free, since other processes go on
/// committing memory. 0 when that is so already; a multiple of the page size. Does not look at
/// vm.overcommit_memory, so that a change to mode 2 can be sized too. The charge is the exact one,
/// else its upper bound. nullopt: an input is missing.
[[nodiscard]] std::optional<std::int64_t> required_commit_bytes(const FactSet& facts);

}  // namespace forkmend::forecast
