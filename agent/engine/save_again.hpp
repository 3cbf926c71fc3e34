// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

#include "base/fact.hpp"
#include "diagnosis/diagnosis.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::engine {

/// The name of the attempt without steps.
inline constexpr std::string_view kSaveAgain = "save-again";

/// Whether the cause of the failing saves is gone, so that saving again is all there is to do: the
/// forecast admits the fork, what failed last was the fork (or nothing tells what, and nothing
/// speaks of a later stage), and no cause that the forecast does not judge is proven or likely.
/// Pure.
[[nodiscard]] bool cause_is_gone(const FactSet& facts, const diagnosis::Diagnosis& diagnosis,
                                 const forecast::Forecast& forecast);

/// The cause of a fork that the forecast refuses, by the rule that binds; empty for a rule that
/// stands for no single cause.
[[nodiscard]] std::string_view cause_of_rule(std::string_view rule);

}  // namespace forkmend::engine
