// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// Whether `value` may be written to a limit of memory (memory.max, memory.limit_in_bytes) of a
/// cgroup. Lowering memory.max below what is in use makes the kernel reclaim and then kill until
/// the rest fits (memory_max_write() of mm/memcontrol.c); version 1 answers EBUSY itself. Swap is
/// not counted on, and a save child in the cgroup only grows. Other files and higher values pass.
/// Errors: busy, with what stands in the way; those of reading how much is in use.
[[nodiscard]] Result<void> check_memory_cut(const host::Root& root, const std::string& path,
                                            const std::string& value);

}  // namespace forkmend::engine
