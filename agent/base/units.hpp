// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace forkmend {

/// Stands for "unlimited", "infinity" and "max" in limits; printed as "unlimited".
inline constexpr std::int64_t kUnlimited = INT64_MAX;

/// Bytes from "8GiB", "512 MiB", "100kb", "1gb", "4096", "12B". KiB/kb/K = 1024 (as CONFIG SET's
/// kb), k/m/g alone = 1000 as in redis.conf. Errors: Errc::parse naming what was expected.
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);

/// A duration from "250ms", "5s", "10m", "2h", "7d", "90" (seconds); compound "1h30m" too.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "8 GiB", "1.5 MiB", "812 B": at most three significant digits, exact for small values.
[[nodiscard]] std::string format_size(std::int64_t bytes);

/// "250 ms", "12 s", "3 min 20 s", "2 h 5 min", "9 d 1 h".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

/// "1,234,567"; "unlimited" for kUnlimited.
[[nodiscard]] std::string format_count(std::int64_t count);

/// RFC 3339 in UTC with milliseconds: "2026-11-25T03:04:05.678Z".
[[nodiscard]] std::string format_time(std::chrono::system_clock::time_point time);
[[nodiscard]] Result<std::chrono::system_clock::time_point> parse_time(std::string_view text);

}  // namespace forkmend
