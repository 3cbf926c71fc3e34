// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "engine/plan.hpp"

namespace forkmend::engine {

/// What the ledger says was never any good against the plan's cause goes behind the other attempts
/// and says so. It stays in the plan: the host may have changed since. Pure.
void demote(Plan& plan, const PlanRequest& request);

}  // namespace forkmend::engine
