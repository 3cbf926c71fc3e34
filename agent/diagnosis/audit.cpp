// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/audit.hpp"

#include <algorithm>
#include <array>

namespace forkmend::diagnosis {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return "ok";
    case Severity::warning:
      return "warning";
    case Severity::critical:
      return "critical";
    case Severity::unknown:
      return "unknown";
  }
  return "unknown";
}

Severity graver(Severity one, Severity other) {
  constexpr std::array kOrder = {Severity::ok, Severity::warning, Severity::unknown,
                                 Severity::critical};
  return std::ranges::find(kOrder, one) < std::ranges::find(kOrder, other) ? other : one;
}

Severity worst(const std::vector<Finding>& findings) {
  Severity all = Severity::ok;
  for (const Finding& finding : findings) all = graver(all, finding.counted());
  return all;
}

}  // namespace forkmend::diagnosis
