// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/forecast.hpp"

namespace forkmend::forecast {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::admitted:
      return "admitted";
    case Verdict::refused:
      return "refused";
    case Verdict::too_close:
      return "too-close";
    case Verdict::unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace forkmend::forecast
