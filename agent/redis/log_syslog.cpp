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

/// "redis[812]: "
bool take_tag(std::string_view& rest, SyslogHead& head) {
  const auto ident = take_until(rest, '[');
  const auto pid = ident ? take_digits(rest, kMaxPidDigits) : std::nullopt;
  if (!pid || !is_word(*ident) || !take(rest, "]: ")) return false;
  head.ident = *ident;
  head.pid = *pid;
  return true;
}

/// "- " or one or more of "[id name=\"value\"]" (STRUCTURED-DATA, RFC 5424, section 6.3).
bool take_structured_data(std::string_view& rest) {
  if (take(rest, "- ")) return true;
  while (rest.starts_with('[')) {
    std::size_t at = 1;
    for (bool quoted = false; at < rest.size() && (quoted || rest[at] != ']'); ++at) {
      if (rest[at] == '"') quoted = !quoted;
      if (quoted && rest[at] == '\\') ++at;
    }
    if (at >= rest.size()) return false;
    rest.remove_prefix(at + 1);
    if (take(rest, " ")) return true;
  }
  return false;
}

/// What follows "<165>": "1 TIME HOST redis 812 MSGID STRUCTURED-DATA MESSAGE".
std::optional<SyslogHead> parse_rfc_5424(std::string_view rest) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  SyslogHead head;
  if (!take_digits(rest, 3) || !take(rest, ">1 ")) return std::nullopt;
  const auto at = take_long_time(rest);
  const auto machine = take_until(rest, ' ');
  const auto ident = take_until(rest, ' ');
  const auto pid = take_digits(rest, kMaxPidDigits);
  if (!at || !machine || !ident || !is_word(*ident) || !pid || !take(rest, " ")) {
    return std::nullopt;
  }
  if (!take_until(rest, ' ') || !take_structured_data(rest)) return std::nullopt;
  static_cast<void>(take(rest, kByteOrderMark));
  head.at = *at;
  head.ident = *ident;
  head.pid = *pid;
  head.message = rest;
  return head;
}

}  // namespace

std::optional<SyslogHead> parse_syslog_head(std::string_view line, const LogClock& clock) {
  if (take(line, "<")) return parse_rfc_5424(line);
  auto at = take_short_time(line, clock);
  if (!at) at = take_long_time(line);
  const auto machine = at ? take_until(line, ' ') : std::nullopt;
  SyslogHead head;
  if (!machine || !is_word(*machine) || !take_tag(line, head)) return std::nullopt;
  head.at = *at;
  head.message = line;
  return head;
}

std::optional<LogFrame> parse_syslog_frame(std::string_view line, const LogClock& clock) {
  const auto head = parse_syslog_head(line, clock);
  if (!head) return std::nullopt;
  if (auto inner = server_frame(head->message, clock)) return inner;
  LogFrame frame;
  frame.at = head->at;
  frame.pid = head->pid;
  frame.message = head->message;
  return frame;
}

}  // namespace forkmend::redis
