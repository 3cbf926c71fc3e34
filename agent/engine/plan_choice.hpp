// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "diagnosis/diagnosis.hpp"
#include "engine/plan.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

/// What one entry of a rule is planned for.
struct ChoiceContext {
  const PlanRequest& request;
  const policy::Rule& rule;
  const diagnosis::Cause* cause = nullptr;  ///< nullptr: preventive
};

/// What a remedy without steps has to say.
struct Advice {
  std::vector<std::string> sentences;
};

using ChoiceResult = std::variant<Attempt, RefusedRemedy, Advice>;

/// One entry of `try`: through the rails, the remedy's own probe and its planner, then the what-if.
[[nodiscard]] ChoiceResult plan_attempt(const ChoiceContext& context,
                                        const policy::RemedyChoice& choice);

/// One entry of `first_aid`: the same, and only steps that are safe and of the instance.
[[nodiscard]] ChoiceResult plan_first_aid(const ChoiceContext& context,
                                          const policy::RemedyChoice& choice);

}  // namespace forkmend::engine
