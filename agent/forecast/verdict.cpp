// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/verdict.hpp"

#include "forecast/after_fork.hpp"

namespace forkmend::forecast {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::admitted:
      return "admitted";
    case Verdict::refused:
      return "refused";
    case Verdict::kill:
      return "kill";
    case Verdict::too_close:
      return "too-close";
    case Verdict::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(Victim victim) {
  switch (victim) {
    case Victim::child:
      return "child";
    case Victim::server:
      return "server";
    case Victim::cgroup:
      return "cgroup";
    case Victim::panic:
      return "panic";
    case Victim::another:
      return "another";
    case Victim::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(Throttled throttled) {
  switch (throttled) {
    case Throttled::never:
      return "never";
    case Throttled::save:
      return "save";
    case Throttled::fork:
      return "fork";
    case Throttled::unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace forkmend::forecast
