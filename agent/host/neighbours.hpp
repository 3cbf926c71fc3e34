// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>

#include "host/process_table.hpp"

namespace forkmend::host {

/// The first process of PostgreSQL: the one whose parent is no "postgres" itself. nullopt: none is
/// seen, which under hidepid says nothing. Its documentation (Managing Kernel Resources, Linux
/// Memory Overcommit) asks for vm.overcommit_memory=2, as its first process must not be OOM-killed.
[[nodiscard]] std::optional<ProcessRow> postgresql(const Root& root);

}  // namespace forkmend::host
