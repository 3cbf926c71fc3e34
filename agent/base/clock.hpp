// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>

namespace forkmend {

using WallTime = std::chrono::system_clock::time_point;

/// Two readings taken together. Intervals are measured on boot time (CLOCK_BOOTTIME: counts through
/// suspend, never jumps); wall time is only for people.
struct Now {
  WallTime wall;
  std::chrono::nanoseconds boot{0};
};

[[nodiscard]] Now read_clock();

/// CLOCK_MONOTONIC since boot without suspend: the base of /dev/kmsg time stamps.
[[nodiscard]] std::chrono::nanoseconds monotonic_since_boot();

}  // namespace forkmend
