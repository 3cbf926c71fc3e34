// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/fact.hpp"
#include "base/result.hpp"

namespace forkmend::cli {

using WhatIfChanges = std::map<std::string, FactValue>;

/// "host.overcommit_memory=1", "host.swap_total=8GiB": names of host.*, instance.* and redis.*
/// facts with values as in a policy's conditions; "unlimited" and "max" for limits. Errors:
/// invalid, with what was expected and what was probably meant.
[[nodiscard]] Result<WhatIfChanges> parse_what_if(const std::vector<std::string>& all);

}  // namespace forkmend::cli
