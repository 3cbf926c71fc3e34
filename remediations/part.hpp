// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

#include "policy/parameter.hpp"

namespace forkmend::remediations {

/// No policy can write it: it is no name of a parameter.
inline constexpr std::string_view kPart = "(part)";

/// The parameters of a remedy that is planned as a part of one attempt, with another behind it.
[[nodiscard]] inline policy::Parameters as_part(policy::Parameters parameters) {
  parameters.set(kPart, true);
  return parameters;
}

/// Whether it is: then as much as the remedy may do is worth doing although it is not enough alone.
/// A remedy that does not ask refuses as it does alone, and is no part of anything.
[[nodiscard]] inline bool is_part(const policy::Parameters& parameters) {
  return parameters.flag(kPart).value_or(false);
}

}  // namespace forkmend::remediations
