// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/risk.hpp"

namespace forkmend {

std::string_view to_string(Risk risk) {
  switch (risk) {
    case Risk::safe:
      return "safe";
    case Risk::disruptive:
      return "disruptive";
    case Risk::durability:
      return "durability";
    case Risk::lossy:
      return "lossy";
  }
  return "?";
}

std::string_view to_string(Scope scope) {
  switch (scope) {
    case Scope::instance:
      return "instance";
    case Scope::process:
      return "process";
    case Scope::cgroup:
      return "cgroup";
    case Scope::host:
      return "host";
    case Scope::any:
      return "any";
    case Scope::advice:
      return "advice";
  }
  return "?";
}

std::optional<Risk> parse_risk(std::string_view text) {
  for (const Risk risk : {Risk::safe, Risk::disruptive, Risk::durability, Risk::lossy}) {
    if (text == to_string(risk)) return risk;
  }
  return std::nullopt;
}

}  // namespace forkmend
