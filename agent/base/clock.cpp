// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/clock.hpp"

#include <ctime>

namespace forkmend {

namespace {

std::chrono::nanoseconds read(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Now read_clock() {
  return Now{std::chrono::system_clock::now(), read(CLOCK_BOOTTIME)};
}

std::chrono::nanoseconds monotonic_since_boot() {
  return read(CLOCK_MONOTONIC);
}

}  // namespace forkmend
