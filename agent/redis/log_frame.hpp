// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Private to the parser of log lines: what stands around a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "redis/log_line.hpp"

namespace forkmend::redis {

struct LogFrame {
  std::optional<std::int64_t> pid;
  char role = '?';
  char level = '?';
  std::optional<WallTime> at;
  std::string_view message;  ///< part of the line
};

/// Ten digits hold any pid.
inline constexpr std::size_t kMaxPidDigits = 10;

/// The frame of a line, or nullopt when a single character of it is not as a server writes it.
[[nodiscard]] std::optional<LogFrame> parse_log_frame(std::string_view line, const LogClock& clock);

/// A server's own frame; not syslog's.
[[nodiscard]] std::optional<LogFrame> server_frame(std::string_view line, const LogClock& clock);

/// What syslog daemons and the journal's text form write in front of a message; parts of the line.
struct SyslogHead {
  WallTime at;
  std::string_view ident;
  std::int64_t pid = 0;
  std::string_view message;
};

/// "Nov 25 03:04:05 host redis[812]: MESSAGE", the same with an RFC 3339 time in front, or RFC
/// 5424:
/// "<165>1 2026-11-25T03:04:05.678+00:00 host redis 812 - - MESSAGE".
[[nodiscard]] std::optional<SyslogHead> parse_syslog_head(std::string_view line,
                                                          const LogClock& clock);

/// The message may have a frame of its own (the journal of a server that logs to stdout), which
/// then counts.
[[nodiscard]] std::optional<LogFrame> parse_syslog_frame(std::string_view line,
                                                         const LogClock& clock);

/// "02 Jan 2025 10:00:00.123", "02 Jan 10:00:00.123" (4.0), "2025-01-02T10:00:00.123+02:00" or
/// milliseconds since the epoch. The whole text must match.
[[nodiscard]] std::optional<WallTime> parse_log_time(std::string_view text, const LogClock& clock);

/// RFC 3339 with any zone, the fraction left out or up to nine digits; "+0200" as well.
[[nodiscard]] std::optional<WallTime> parse_zoned_time(std::string_view text);

/// Name of a month in the C locale, 1 to 12; 0 for anything else.
[[nodiscard]] int month_number(std::string_view name);

/// Hours, minutes and seconds of "10:00:00" into local.
[[nodiscard]] bool read_clock(std::string_view text, LocalTime& local);

/// The instant of a date without year: the latest year that does not lie after clock.newest.
[[nodiscard]] std::optional<WallTime> newest_year(LocalTime local, const LogClock& clock);

// Scanning: each takes from the front of text, or takes nothing and says so.

[[nodiscard]] bool take(std::string_view& text, std::string_view expected);
/// At least one digit, at most max_digits.
[[nodiscard]] std::optional<std::int64_t> take_digits(std::string_view& text,
                                                      std::size_t max_digits);
/// What stands before `end`, which is taken too.
[[nodiscard]] std::optional<std::string_view> take_until(std::string_view& text, char end);
/// Exactly `digits` decimal digits and nothing else.
[[nodiscard]] std::optional<int> fixed_digits(std::string_view text, std::size_t digits);

}  // namespace forkmend::redis
