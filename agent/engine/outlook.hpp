// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fact.hpp"
#include "forecast/forecast.hpp"
#include "remediations/step.hpp"

namespace forkmend::engine {

/// Facts as they would be once the steps are done, forecast.* included. Pure.
[[nodiscard]] FactSet facts_after(const FactSet& facts,
                                  const std::vector<remediations::Step>& steps);

/// What the forecast knows to be in the way of a save, as a clause: "the next fork would be refused
/// by the rule OC2: ...". The fork counts whatever the cause; what comes after it only where the
/// cause is of that kind, as those are estimates: an OOM kill, or too little room on the disk.
/// nullopt: nothing.
[[nodiscard]] std::optional<std::string> obstacle(const forecast::Forecast& forecast,
                                                  std::string_view cause);

/// Causes of the rules that refuse the next fork, each once.
[[nodiscard]] std::vector<std::string_view> refusing_causes(const forecast::Forecast& forecast);

}  // namespace forkmend::engine
