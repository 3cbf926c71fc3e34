// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// avg60 of the "full" line of a pressure file: the share of the last minute, in percent, in which
/// no task got on (Documentation/accounting/psi.rst). Errors: parse. Pure.
[[nodiscard]] Result<double> parse_full_pressure(std::string_view text);

/// /proc/pressure/<resource>. Errors: not_found before 4.20, unsupported with psi=0.
[[nodiscard]] Result<double> read_full_pressure(const Root& root, std::string_view resource);

}  // namespace forkmend::host
