// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>
#include <vector>

#include "base/fact.hpp"
#include "remediations/step.hpp"

namespace forkmend::remediations {

/// Ends the child of instance.child.* in the way that the server does not take for a failed save:
/// BGSAVE CANCEL where it is known (Valkey 8.1 and newer) and the child writes an RDB, else SIGUSR1
/// (checkChildrenDone() of server.c). A stopped child gets SIGCONT too: it takes the signal when it
/// runs again. Momentary: nothing stays in force. Pure.
[[nodiscard]] std::vector<Step> steps_that_end_child(const FactSet& facts, std::string_view remedy);

}  // namespace forkmend::remediations
