// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Overcommit mode 1 and the mode that is not known; mode 0 is in heuristic_rule.cpp, 2 in
// strict_rule.cpp.
#include <cerrno>
#include <string>

#include "forecast/rule_reader.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

std::optional<RuleForecast> overcommit_mode_rule(const FactSet& facts) {
  constexpr std::string_view kMode = "host.overcommit_memory";
  RuleReader reader(facts);
  const auto mode = reader.need(kMode);
  if (mode && *mode >= 0 && *mode <= 2) return std::nullopt;
  RuleForecast rule = reader.unknown("OC", ENOMEM);
  if (mode) {
    rule.says = "Cannot be told: vm.overcommit_memory is " + std::to_string(*mode) +
                ", a mode this program does not know.";
  }
  return rule;
}

std::optional<RuleForecast> always_rule(const FactSet& facts) {
  RuleReader reader(facts);
  if (reader.look("host.overcommit_memory") != 1) return std::nullopt;
  return reader.admitted(
      "OC1", ENOMEM, "vm.overcommit_memory is 1: the kernel never refuses a fork for its memory.");
}

}  // namespace forkmend::forecast
