// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "engine/bundle.hpp"
#include "engine/plan.hpp"
#include "policy/policy.hpp"

namespace forkmend::testing {

/// A plan as people review it in plan.expected: what would be changed, in which order, and why not.
[[nodiscard]] std::string plan_text(const engine::Plan& plan);

[[nodiscard]] engine::Plan plan_for(const engine::Bundle& bundle, const policy::Policy& policy,
                                    Risk allowed = Risk::disruptive);

/// With the remedies that there are; a mistake in the text fails the test.
[[nodiscard]] policy::Policy parsed(std::string_view text, std::string_view file);

}  // namespace forkmend::testing
