// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>

namespace forkmend::testing {

/// The lines of both texts: " " in both, "-" only expected, "+" only actual.
[[nodiscard]] std::string diff(std::string_view expected, std::string_view actual);

}  // namespace forkmend::testing
