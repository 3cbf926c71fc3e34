// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/audit.hpp"

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

Severity worst(const std::vector<Finding>& findings) {
  bool warning = false;
  bool unknown = false;
  for (const Finding& finding : findings) {
    if (finding.counted() == Severity::critical) return Severity::critical;
    warning = warning || finding.counted() == Severity::warning;
    unknown = unknown || finding.counted() == Severity::unknown;
  }
  if (unknown) return Severity::unknown;
  return warning ? Severity::warning : Severity::ok;
}

}  // namespace forkmend::diagnosis
