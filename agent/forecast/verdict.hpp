// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

namespace forkmend::forecast {

enum class Verdict {
  admitted,
  refused,
  kill,       ///< the OOM killer would run: child or server may die
  too_close,  ///< within what nobody can know beforehand
  unknown,    ///< an input is missing
};

[[nodiscard]] std::string_view to_string(Verdict verdict);

/// No child comes of it for sure.
[[nodiscard]] constexpr bool denies(Verdict verdict) {
  return verdict == Verdict::refused || verdict == Verdict::kill;
}

}  // namespace forkmend::forecast
