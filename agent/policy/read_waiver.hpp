// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "policy/document.hpp"
#include "policy/issues.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {

/// One [[waiver]]; every mistake is reported.
[[nodiscard]] Waiver read_waiver(const Node& node, Issues& issues);

/// "2027-03-01".
[[nodiscard]] std::string to_string(std::chrono::year_month_day day);

}  // namespace forkmend::policy
