// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Over which time a pressure file tells its shares: avg10 and avg60.
enum class PressureSpan { ten_seconds, minute };

/// The "full" line of a pressure file: the share of that time, in percent, in which no task got on
/// (Documentation/accounting/psi.rst). Errors: parse. Pure.
[[nodiscard]] Result<double> parse_full_pressure(std::string_view text,
                                                 PressureSpan span = PressureSpan::minute);

/// /proc/pressure/<resource>. Errors: not_found before 4.20, unsupported with psi=0.
[[nodiscard]] Result<double> read_full_pressure(const Root& root, std::string_view resource,
                                                PressureSpan span = PressureSpan::minute);

}  // namespace forkmend::host
