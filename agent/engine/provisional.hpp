// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/journal.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

/// A heal is provisional until so many saves of the server's own have worked (rail stable_saves),
/// or for as long as the rail stable_after says, whichever is first. The same cause before that is
/// a relapse (escalation.hpp). The agent counts the saves; without it there is the time alone.

/// Between which times a save ended, on the wall clock.
struct SaveTime {
  WallTime from;
  WallTime to;
};

[[nodiscard]] bool is_provisional(const IncidentRecord& incident, const policy::Rails& rails,
                                  Now now);

/// The ids of the provisional heals, and of those that nobody has proven yet (own_proof.hpp), that
/// a save of the instance speaks for: those that ended before it. None where the save may be one of
/// ours: an incident of the instance was open at that time. Pure.
[[nodiscard]] std::vector<std::string> heals_to_credit(const std::vector<IncidentRecord>& history,
                                                       const std::string& instance, SaveTime save,
                                                       const policy::Rails& rails, Now now);

/// Counts it in the journal and notes it there. Returns the heals that it spoke for; nothing where
/// there is no journal. Errors: the journal cannot be read or written.
[[nodiscard]] Result<std::vector<std::string>> credit_save(const std::string& state_dir,
                                                           const std::string& instance,
                                                           SaveTime save,
                                                           const policy::Rails& rails, Now now);

/// "1 of 3 saves (rail stable_saves)": what it is still short of.
[[nodiscard]] std::string saves_so_far(std::int64_t saves, const policy::Rails& rails);

}  // namespace forkmend::engine
