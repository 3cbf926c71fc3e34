// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

namespace forkmend::cli {

/// The commit this was built from, "+changes" after it where the tree had more; "unknown" where
/// neither git nor the build option `commit` told.
[[nodiscard]] std::string_view commit();

}  // namespace forkmend::cli
