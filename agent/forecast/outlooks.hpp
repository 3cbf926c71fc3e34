// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "base/fact.hpp"
#include "forecast/after_fork.hpp"

namespace forkmend::forecast {

// What comes after a fork that is admitted. Pure; a missing input gives Verdict::unknown with the
// names of what lacks.

/// Copy-on-write against the room of the host and of every memory cgroup level.
[[nodiscard]] CopyOutlook copy_outlook(const FactSet& facts);
/// The file that the child writes against the room in the server's dir.
[[nodiscard]] DiskOutlook disk_outlook(const FactSet& facts);
/// memory.high.
[[nodiscard]] ThrottleOutlook throttle_outlook(const FactSet& facts);
/// How long fork() itself takes.
[[nodiscard]] ForkTimeOutlook fork_time_outlook(const FactSet& facts);

}  // namespace forkmend::forecast
