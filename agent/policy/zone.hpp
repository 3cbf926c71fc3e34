// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace forkmend::policy {

/// What a clock on the wall of that zone shows.
struct LocalTime {
  int weekday = 0;  ///< Monday is 0
  int minute = 0;   ///< of the day
};

/// Whether this host has data for the zone (IANA name below /usr/share/zoneinfo; "UTC" needs none).
/// Errors: Errc::invalid for what is no name, Errc::not_found for an unknown one; the message has
/// the three parts of a policy error.
[[nodiscard]] Result<void> check_zone(std::string_view zone);

/// Local time, daylight saving included, by glibc's own reader of the zone data. See README.md for
/// how TZ is switched. Errors: those of check_zone.
[[nodiscard]] Result<LocalTime> local_time(std::string_view zone, WallTime at);

}  // namespace forkmend::policy
