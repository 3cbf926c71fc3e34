// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/host_incident.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "engine/save_again.hpp"

namespace forkmend::engine {

std::vector<HostIncident> host_incidents(const std::vector<Affected>& affected,
                                         const policy::Rails& rails) {
  std::map<std::string, std::vector<std::size_t>> by_cause;
  for (std::size_t i = 0; i < affected.size(); ++i) {
    const std::string& cause = affected[i].plan->cause;
    if (cause != "unknown") by_cause[cause].push_back(i);
  }
  std::vector<HostIncident> incidents;
  for (auto& [cause, servers] : by_cause) {
    const auto count = static_cast<int>(servers.size());
    if (count < 2 || count < rails.same_cause_limit) continue;
    std::ranges::sort(servers, {},
                      [&](std::size_t i) { return std::pair(-affected[i].shortfall, i); });
    incidents.push_back({cause, std::move(servers)});
  }
  return incidents;
}

Plan within_consent(Plan plan, const std::vector<std::string>& confirmed) {
  const auto agreed = [&](const std::string& remedy) {
    return remedy == kSaveAgain || std::ranges::find(confirmed, remedy) != confirmed.end();
  };
  std::vector<Attempt> kept;
  for (Attempt& attempt : plan.attempts) {
    if (std::ranges::all_of(remedies_of(attempt), agreed)) {
      kept.push_back(std::move(attempt));
    } else {
      plan.refused.push_back({attempt.remedy,
                              "the host changed since the plan was shown, and this is not what was "
                              "confirmed",
                              true, "forkmend fix"});
    }
  }
  plan.attempts = std::move(kept);
  return plan;
}

}  // namespace forkmend::engine
