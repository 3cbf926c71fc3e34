// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/cgroup.hpp"

namespace forkmend::host {

/// The pids controller at one level. A file that this kernel lacks is Errc::not_found.
struct PidsLevel {
  std::string path;
  Result<std::int64_t> current;
  Result<std::int64_t> max;         ///< kUnlimited for "max"
  Result<std::int64_t> events_max;  ///< forks that were refused (see README.md: where it counts)
};

/// The memory controller at one level, bytes.
struct MemoryLevel {
  std::string path;
  Result<std::int64_t> current;
  Result<std::int64_t> max;          ///< kUnlimited for none
  Result<std::int64_t> high;         ///< Errc::unsupported in version 1, which has no such limit
  Result<std::int64_t> events_high;  ///< times it was throttled at memory.high, version 2
  Result<std::int64_t> oom;          ///< Errc::unsupported in version 1, which does not count it
  Result<std::int64_t> oom_kill;     ///< version 1 from about 4.13 on
  Result<std::int64_t> reclaimable;  ///< file pages and, in version 2, reclaimable slab
  Result<std::int64_t> swap_max;     ///< memory.swap.max, version 2
  Result<std::int64_t> swap_current;
  Result<bool> oom_group;           ///< memory.oom.group: one kill is a kill of all, version 2
  Result<bool> oom_kill_disabled;   ///< oom_kill_disable of memory.oom_control, version 1
  Result<std::int64_t> failcnt;     ///< times the limit was hit, version 1
  Result<std::int64_t> kmem_limit;  ///< memory.kmem.*, version 1
  Result<std::int64_t> kmem_current;
  Result<std::int64_t> kmem_failcnt;
};

/// From the process's own cgroup upwards.
[[nodiscard]] std::vector<PidsLevel> read_pids_levels(const Root& root, const CgroupPlace& place);
/// Version 1 without use_hierarchy ends at the level whose parent does not account for it.
[[nodiscard]] std::vector<MemoryLevel> read_memory_levels(const Root& root,
                                                          const CgroupPlace& place);

}  // namespace forkmend::host
