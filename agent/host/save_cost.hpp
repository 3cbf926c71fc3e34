// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Of the facts of a server those that a running save changes: host.mem_free, host.mem_available,
/// host.swap_free and instance.memory.*. A dozen small files.
[[nodiscard]] FactSet memory_facts(const Root& root, std::int64_t pid);

/// Private_Dirty of /proc/PID/smaps_rollup, bytes: of a save's child, what was copied on its
/// behalf, by whichever side wrote (zmalloc_get_private_dirty() of the servers). The kernel walks
/// the process's page tables for it. Errors: not_found before 4.14, or when the process has ended;
/// permission_denied for another user's.
[[nodiscard]] Result<std::int64_t> read_private_dirty(const Root& root, std::int64_t pid);

}  // namespace forkmend::host
