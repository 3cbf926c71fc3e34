// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/plan.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

/// One failing server of a host.
struct Affected {
  const Plan* plan = nullptr;
  std::int64_t shortfall = 0;  ///< bytes that its next fork lacks
};

/// One cause on so many servers that it is the host's.
struct HostIncident {
  std::string cause;
  /// Indexes of the servers, in the order in which their saves are to be proven: the one that lacks
  /// most first, so that a limit of the host that is raised for it is enough for all.
  std::vector<std::size_t> servers;
};

/// The causes that at least same_cause_limit servers have, those with nothing to try included; a
/// limit of 1 does not make an incident of the host of a single server. Pure.
[[nodiscard]] std::vector<HostIncident> host_incidents(const std::vector<Affected>& affected,
                                                       const policy::Rails& rails);

/// A plan that was made anew after the host changed, held to what a person confirmed: attempts with
/// a remedy that is not among `confirmed` are refused. Saving again needs no consent. Pure.
[[nodiscard]] Plan within_consent(Plan plan, const std::vector<std::string>& confirmed);

}  // namespace forkmend::engine
