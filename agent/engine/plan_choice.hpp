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
  /// Its id; of a prevention that of the rule which refuses.
  std::string cause_id = {};
  /// Planned as a part of several: it may also cure what else refuses the fork.
  bool combining = false;
};

/// What a remedy without steps has to say.
struct Advice {
  std::vector<std::string> sentences;
};

/// A remedy that applies, and after which something is still in the way.
struct Insufficient {
  Attempt attempt;
  std::string obstacle;  ///< as obstacle() says it
};

using ChoiceResult = std::variant<Attempt, Insufficient, RefusedRemedy, Advice>;

/// Whether the remedy is a cure of the cause.
[[nodiscard]] bool cures(const remediations::RemediationSpec& spec, const ChoiceContext& context);

/// One entry of `try`: through the rails, the remedy's own probe and its planner, then the what-if.
[[nodiscard]] ChoiceResult plan_attempt(const ChoiceContext& context,
                                        const policy::RemedyChoice& choice);

/// One entry of `first_aid`: the same, and only steps that are safe and of the instance.
[[nodiscard]] ChoiceResult plan_first_aid(const ChoiceContext& context,
                                          const policy::RemedyChoice& choice);

}  // namespace forkmend::engine
