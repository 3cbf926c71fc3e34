// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>

#include "redis/log_frame.hpp"

namespace forkmend::redis {

namespace {

/// "Nov  5 03:04:05 " (RFC 3164), in the zone of the host that wrote it.
std::optional<WallTime> take_short_time(std::string_view& rest, const LogClock& clock) {
  constexpr std::size_t kLength = std::string_view("Nov  5 03:04:05 ").size();
  if (rest.size() < kLength || rest[3] != ' ' || rest[6] != ' ' || rest[15] != ' ') {
    return std::nullopt;
  }
  LocalTime local;
  local.month = month_number(rest.substr(0, 3));
  const bool padded = rest[4] == ' ';
  const auto day = padded ? fixed_digits(rest.substr(5, 1), 1) : fixed_digits(rest.substr(4, 2), 2);
  if (local.month == 0 || !day || !read_clock(rest.substr(7, 8), local)) return std::nullopt;
  local.day = *day;
  rest.remove_prefix(kLength);
  return newest_year(local, clock);
}

/// "2025-11-25T03:04:05.678901+00:00 "
std::optional<WallTime> take_long_time(std::string_view& rest) {
  std::string_view after = rest;
  const auto word = take_until(after, ' ');
  const auto at = word ? parse_zoned_time(*word) : std::nullopt;
  if (at) rest = after;
  return at;
}

bool is_word(std::string_view text) {
  constexpr std::size_t kMaxWord = 255;  // HOST_NAME_MAX with a domain
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  return !text.empty() && text.size() <= kMaxWord && std::ranges::all_of(text, is_visible);
}

}  // namespace

std::optional<LogFrame> parse_syslog_frame(std::string_view line, const LogClock& clock) {
  LogFrame frame;
  frame.at = take_short_time(line, clock);
  if (!frame.at) frame.at = take_long_time(line);
  if (!frame.at) return std::nullopt;
  const auto machine = take_until(line, ' ');
  const auto ident = take_until(line, '[');
  if (!machine || !is_word(*machine) || !ident || !is_word(*ident)) return std::nullopt;
  frame.pid = take_digits(line, kMaxPidDigits);
  if (!frame.pid || !take(line, "]: ")) return std::nullopt;
  if (auto inner = server_frame(line, clock)) return inner;
  frame.message = line;
  return frame;
}

}  // namespace forkmend::redis
