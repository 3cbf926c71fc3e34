// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/fact.hpp"
#include "diagnosis/audit.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

/// The rule that acts on a cause or strain, or why none does: "rule "NAME" on failure: REMEDIES
/// (mode MODE)". A rule that names a strain without "strain" in its `on` never acts on it. Pure.
[[nodiscard]] std::string policy_on(const policy::Policy& policy, const std::string& cause,
                                    const FactSet& facts);

/// What a policy says of findings: each that is not ok and is a cause gets the rule that would act
/// on it; a waiver makes its finding count as ok until its last day (UTC) is over, and after that
/// the finding says so. `endpoint` is empty for the host. Pure.
void apply_policy(std::vector<diagnosis::Finding>& findings, std::string_view endpoint,
                  const policy::Policy& policy, const FactSet& facts, WallTime now);

/// A warning for each waiver that names neither a cause nor one of these findings, since it may be
/// misspelt. Pure.
[[nodiscard]] std::vector<diagnosis::Finding> idle_waivers(
    const policy::Policy& policy, const std::vector<std::string_view>& known_ids);

}  // namespace forkmend::engine
