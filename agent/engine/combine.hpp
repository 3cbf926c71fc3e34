// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <vector>

#include "engine/plan_choice.hpp"

namespace forkmend::engine {

/// Several remedies of a rule in one attempt, where no single one is enough: the fewest (at most
/// three) after which nothing that the forecast knows is in the way; among those the one of least
/// scope and risk; among equals the one that the rule lists first. Each is planned over the facts
/// as the ones before it leave them, so a remedy that is refused alone may follow another. At least
/// one of them cures the cause. nullopt: no combination is enough.
[[nodiscard]] std::optional<Attempt> combine(const ChoiceContext& context,
                                             const std::vector<policy::RemedyChoice>& choices);

}  // namespace forkmend::engine
