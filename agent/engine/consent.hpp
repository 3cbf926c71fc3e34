// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "engine/plan.hpp"

namespace forkmend::engine {

/// Why nothing may be changed for this instance at all, whatever a rule says; empty when it may.
/// Pure.
[[nodiscard]] std::string hands_off(const PlanRequest& request);

/// Why a plan that was made earlier may not be carried out by today's policy and consent: a server
/// that is not to be touched, a remedy that is denied, a risk above the rail or above what was
/// allowed. One sentence each; empty: it may. Pure.
[[nodiscard]] std::vector<std::string> why_not_allowed(const Plan& plan, const PlanRequest& today);

}  // namespace forkmend::engine
