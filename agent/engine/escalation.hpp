// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "engine/journal.hpp"
#include "engine/plan.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

/// Heals of the instance that are provisional (provisional.hpp), newest first. One that ends in
/// the future (the clock was set back) is young too. Then what only mitigated within the last
/// day, since the last heal and not acknowledged. Pure.
[[nodiscard]] std::vector<RecentHeal> recent_heals(const std::vector<IncidentRecord>& history,
                                                   const std::string& instance,
                                                   const policy::Rails& rails, Now now);

/// The newest of them that healed this cause; nullptr: none.
[[nodiscard]] const RecentHeal* last_heal(const PlanRequest& request, std::string_view cause);

/// The heal that an incident of this cause would be the relapse of: provisional, and the last that
/// happened to the instance with that cause. nullopt: none, or it has been told of by an incident
/// since. Pure.
[[nodiscard]] std::optional<RecentHeal> relapse(const std::vector<IncidentRecord>& history,
                                                const std::string& instance,
                                                const std::string& cause,
                                                const policy::Rails& rails, Now now);

/// The newest use of that bridge against this cause that no heal has followed; nullptr: none.
[[nodiscard]] const RecentHeal* last_mitigation(const PlanRequest& request, std::string_view cause,
                                                std::string_view remedy);

/// The same cause again: the attempts behind the one that healed it last come first, and that one
/// is skipped, unless there is no other. What is done and why is in the plan. Pure.
void escalate(Plan& plan, const PlanRequest& request);

/// What the journal of the state directory says; nothing where it cannot be read (whoever wants to
/// change something finds that out when the record is opened for writing).
[[nodiscard]] std::vector<IncidentRecord> recorded_incidents(const std::string& state_dir);
[[nodiscard]] Ledger recorded_ledger(const std::string& state_dir);

/// Both, for who needs both.
struct RecordedPast {
  std::vector<IncidentRecord> incidents;
  Ledger ledger;
};
[[nodiscard]] RecordedPast recorded_past(const std::string& state_dir);

}  // namespace forkmend::engine
