// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/journal.hpp"

namespace forkmend::engine {

/// It ended with its fix in force and its proof put off until the end (HealOutcome::put_off): the
/// next save of the server's own that works proves it. Pure.
[[nodiscard]] bool awaits_own_save(const IncidentRecord& incident);

/// A save has worked, of which `save` says whose it was: the incident is healed, in the journal and
/// in the ledger. Errors: the journal cannot be written.
[[nodiscard]] Result<void> record_own_proof(Journal& journal, const IncidentRecord& incident,
                                            const std::string& save);

/// The proof of a later incident proves those of the instance that await one, too. Errors: as
/// record_own_proof().
[[nodiscard]] Result<void> settle_unproven(Journal& journal,
                                           const std::vector<IncidentRecord>& history,
                                           const std::string& instance, const std::string& by);

}  // namespace forkmend::engine
