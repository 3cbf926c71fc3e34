// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "remediations/remediation.hpp"

namespace forkmend::remediations {

/// By how much swap has to grow, bytes.
struct SwapNeed {
  std::int64_t bytes = 0;
  std::string says;  ///< a clause: what is short of it
};

/// The most that one of these lacks: CommitLimit in strict overcommit (swap counts in full), the
/// largest mapping in heuristic overcommit, and the room for what a save copies at worst. An answer
/// instead when nothing lacks, or when it cannot be told.
[[nodiscard]] std::variant<SwapNeed, ProbeResult> swap_need(const PlanInput& input);

}  // namespace forkmend::remediations
