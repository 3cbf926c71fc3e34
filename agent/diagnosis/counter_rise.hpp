// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "diagnosis/failure_case.hpp"

namespace forkmend::diagnosis {

/// By how much a counter of the kernel rose between the last sample before the failure and this
/// look. A count alone has no time; a rise has the failure between its ends.
struct CounterRise {
  std::int64_t by = 0;
  WallTime since;
};

/// `counter` is one of redis::sampled_counters(). nullopt: the failure has no time, no sample is
/// older than it, or one of the two lacks the counter or shows that it began anew.
[[nodiscard]] std::optional<CounterRise> rise_around(const FailureCase& failure_case,
                                                     std::string_view counter);

/// "has risen by 2 since 2026-11-25T03:00:00.000Z, and the failure was in between".
[[nodiscard]] std::string to_string(const CounterRise& rise);

}  // namespace forkmend::diagnosis
