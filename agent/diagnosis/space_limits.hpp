// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <vector>

#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

/// Limits of the server's address space of which nine tenths are used: vm.max_map_count, RLIMIT_AS,
/// RLIMIT_DATA. malloc meets them, a fork does not ask. Pure.
[[nodiscard]] std::vector<Evidence> met_space_limits(const FactSet& facts);

/// map-count: a child that ended because malloc failed although memory was left.
[[nodiscard]] Assessment assess_map_count(const FailureCase& failure_case);

/// The child's own line that malloc failed (zmalloc.c: zmalloc_default_oom()); nullptr without one.
[[nodiscard]] const redis::LogEvent* out_of_memory_line(const FailureCase& failure_case);

}  // namespace forkmend::diagnosis
