// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <string>

#include "base/fact.hpp"

namespace forkmend::forecast {

/// The facts as they would be after changes: FactSet::with(), and what the kernel and the server
/// would change along, unless it is named itself. overcommit_ratio and overcommit_kbytes zero each
/// other; CommitLimit follows both, RAM, huge page pools and swap; new swap is free; memory of the
/// process grows with its RSS, and with it page tables and fork time; a maxmemory below used memory
/// is what is used then. Pure.
[[nodiscard]] FactSet what_if(const FactSet& facts,
                              const std::map<std::string, FactValue>& changes);

}  // namespace forkmend::forecast
