// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {

/// An ECMAScript expression of at most 200 bytes, without back-references. Errors: Errc::parse with
/// the three parts of a policy error.
[[nodiscard]] Result<std::shared_ptr<const Pattern>> compile_pattern(std::string_view text);

/// Whether it is found anywhere in the text; unknown for a text over 4096 bytes.
[[nodiscard]] Truth find_in(const Pattern& pattern, std::string_view text);

}  // namespace forkmend::policy
