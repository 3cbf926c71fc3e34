// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <array>
#include <string_view>

#include "policy/policy.hpp"

namespace forkmend::policy {

/// The words of the format, in the order of their enums.
inline constexpr std::array<std::string_view, 3> kModeWords = {"observe", "dry-run", "heal"};
inline constexpr std::array<std::string_view, 2> kPersistWords = {"never", "after-verify"};
inline constexpr std::array<std::string_view, 3> kTriggerWords = {"failure", "forecast", "strain"};
inline constexpr std::array<std::string_view, 2> kOrderWords = {"listed", "least-invasive"};
inline constexpr std::array<std::string_view, 4> kRiskWords = {"safe", "disruptive", "durability",
                                                               "lossy"};

[[nodiscard]] std::string_view to_string(Trigger trigger);

}  // namespace forkmend::policy
