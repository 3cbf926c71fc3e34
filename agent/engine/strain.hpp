// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "diagnosis/diagnosis.hpp"
#include "engine/journal.hpp"
#include "engine/plan.hpp"
#include "forecast/forecast.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

/// What makes saves dear or slow while they work is acted upon only where a rule says
/// on = ["strain"], and behind everything else: while a save fails, or the next fork would be
/// refused, that comes first.

/// Neither a failure nor a refusal that is foreseen.
[[nodiscard]] bool saves_are_well(const diagnosis::Diagnosis& diagnosis,
                                  const forecast::Forecast& forecast);

/// The strains that are more than possible and that a rule on "strain" matches, in the order of
/// the diagnosis. Pointers into it. Pure.
[[nodiscard]] std::vector<const diagnosis::Cause*> strains_with_rule(
    const diagnosis::Diagnosis& diagnosis, const policy::Policy& policy, const FactSet& facts);

/// What was tried against strains of the instance within a day. A strain does not end with a
/// proven save, as a failure does, so that the same remedy would be tried for ever. Pure.
[[nodiscard]] std::vector<RecentHeal> strain_attempts(const std::vector<IncidentRecord>& history,
                                                      const std::string& instance, Now now);

/// Why an attempt is none against a strain: it only bridges failing saves, or it was tried within
/// a day. nullopt for every other trigger.
[[nodiscard]] std::optional<RefusedRemedy> no_answer_to_strain(const PlanRequest& request,
                                                               const std::string& strain,
                                                               const Attempt& attempt);

}  // namespace forkmend::engine
