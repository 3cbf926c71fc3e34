// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string_view>

#include "policy/policy.hpp"

namespace forkmend::policy {

/// The first character outside ASCII that stands outside strings and comments of a TOML text, or in
/// a string right after a backslash. TOML forbids nearly all of them, and toml++ 3.3 has undefined
/// behaviour there: is_non_ascii_horizontal_whitespace() calls U+00A1 to U+0499 unreachable.
[[nodiscard]] std::optional<SourcePosition> find_stray_text(std::string_view text);

}  // namespace forkmend::policy
