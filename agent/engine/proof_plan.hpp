// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "base/fact.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

/// What the proof of a plan is expected to cost by the server's facts, what it is held to, and why
/// it would be put off at this load. Sentences for the plan; measured anew before the proof. Pure.
[[nodiscard]] std::vector<std::string> proof_outlook(const FactSet& facts,
                                                     const policy::Rails& rails);

}  // namespace forkmend::engine
