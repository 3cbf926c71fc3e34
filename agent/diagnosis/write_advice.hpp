// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

/// For each proven or likely cause of a write that failed, else for the first possible one: what
/// is wrong, the command for a person, why forkmend does not run it, and which popular advice not
/// to follow. Pure.
[[nodiscard]] std::vector<std::string> write_advice(const Observation& observation,
                                                    const Findings& findings);

}  // namespace forkmend::diagnosis
