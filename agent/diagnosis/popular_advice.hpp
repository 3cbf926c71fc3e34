// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "diagnosis/diagnosis.hpp"

namespace forkmend::diagnosis {

/// For causes of forks, signals and strains: what a person can do where no remedy does it, and
/// which popular advice does harm or nothing here. Each sentence once; of causes that are only
/// possible the first one speaks. Causes of writing have theirs in write_advice.hpp. Pure.
[[nodiscard]] std::vector<std::string> popular_advice(const std::vector<Cause>& causes);

}  // namespace forkmend::diagnosis
