// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>

namespace forkmend::forecast {

/// Sums and products that stop at the ends of int64 instead of overflowing: limits may be
/// kUnlimited, and a what-if may hold any number.
[[nodiscard]] constexpr std::int64_t add_clamped(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? INT64_MAX : INT64_MIN;
}

[[nodiscard]] constexpr std::int64_t subtract_clamped(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? INT64_MAX : INT64_MIN;
}

[[nodiscard]] constexpr std::int64_t multiply_clamped(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

/// What is charged is rounded up to pages, what is there is rounded down (plain division).
[[nodiscard]] constexpr std::int64_t pages_up(std::int64_t bytes, std::int64_t page_size) {
  return bytes / page_size + (bytes % page_size > 0 ? 1 : 0);
}

}  // namespace forkmend::forecast
