// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "engine/plan_choice.hpp"

namespace forkmend::engine {

/// What the rule's `try` comes to: attempts in their order, each with its reason; remedies after
/// which the next save would fail all the same are refused; several together where no single one is
/// enough; and what healed the same cause lately has to let the next one try.
void add_attempts(Plan& plan, const ChoiceContext& context);

/// Without a matching rule: which remedies would be enough, least invasive first, as a sentence for
/// whoever writes one. Empty: none.
[[nodiscard]] std::string suggestions(const PlanRequest& request, const diagnosis::Cause* cause,
                                      const std::string& cause_id);

}  // namespace forkmend::engine
