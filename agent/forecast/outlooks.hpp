// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>

#include "base/fact.hpp"
#include "forecast/after_fork.hpp"

namespace forkmend::forecast {

// What comes after a fork that is admitted. Pure; a missing input gives Verdict::unknown with the
// names of what lacks.

/// Copy-on-write against the room of the host and of every memory cgroup level. With a rate of
/// changes that was measured just now, by that one (copy_estimate.hpp).
[[nodiscard]] CopyOutlook copy_outlook(const FactSet& facts,
                                       std::optional<double> changes_per_second = std::nullopt);
/// Bytes that can still be had: of the host (MemAvailable + SwapFree) or below the tightest memory
/// limit of the server's cgroups, whichever is less; never negative. nullopt: not known.
[[nodiscard]] std::optional<std::int64_t> free_memory(const FactSet& facts);
/// The file that the child writes against the room in the server's dir.
[[nodiscard]] DiskOutlook disk_outlook(const FactSet& facts);
/// memory.high.
[[nodiscard]] ThrottleOutlook throttle_outlook(const FactSet& facts);
/// How long fork() itself takes.
[[nodiscard]] ForkTimeOutlook fork_time_outlook(const FactSet& facts);

}  // namespace forkmend::forecast
