// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "crash/private_host.hpp"

namespace forkmend::testing {

/// Heals, and takes the host at moments of it as a power cut would leave it: what the journal's
/// files were after every write so far; the same with half of the next write; and with only what
/// was synced, of one file or both. From each the recovery must end as before or as healed, or
/// refuse, change nothing, and say what to do.
void cut_power(const Planning& planning, const Snapshot& before, const Snapshot& healed);

}  // namespace forkmend::testing
