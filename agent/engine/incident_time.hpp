// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <utility>

#include "engine/journal.hpp"

namespace forkmend::engine {

/// Where an incident stands in the order of their beginnings: what has a boot time is of this boot,
/// so that it came after what has none; of an earlier boot there is wall time alone.
using IncidentOrder = std::pair<bool, std::chrono::nanoseconds>;
[[nodiscard]] IncidentOrder order_of(const IncidentRecord& incident);

}  // namespace forkmend::engine
