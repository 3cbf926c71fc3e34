// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "remediations/step.hpp"

namespace forkmend::testing {

/// Why the step does harm, or nothing, against these causes: popular advice that loses data, hides
/// the failure, or cures something else. Empty: it is none of that.
[[nodiscard]] std::string harm_of(const remediations::Step& step,
                                  const std::vector<std::string_view>& causes);

}  // namespace forkmend::testing
