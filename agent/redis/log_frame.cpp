// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/log_frame.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

bool is_role(char c) {
  return c == 'X' || c == 'C' || c == 'S' || c == 'M';
}

bool is_level(char c) {
  return c == '.' || c == '-' || c == '*' || c == '#';
}

/// "signal-handler (1735812000) MESSAGE", after the pid (serverLogRawFromHandler of server.c).
std::optional<LogFrame> signal_handler_frame(std::string_view rest) {
  constexpr std::size_t kEpochDigits = 10;  // until the year 2286
  LogFrame frame;
  if (!take(rest, "signal-handler (")) return std::nullopt;
  const auto epoch = take_digits(rest, kEpochDigits);
  constexpr std::int64_t kLatest = 7258118400;  // 2200-01-01: within what WallTime can hold
  if (!epoch || *epoch > kLatest || !take(rest, ") ")) return std::nullopt;
  frame.at = WallTime(std::chrono::seconds(*epoch));
  frame.message = rest;
  return frame;
}

/// "M DATE LEVEL MESSAGE", after "PID:" (serverLogRaw of server.c) or KeyDB's "PID:THREAD:".
std::optional<LogFrame> legacy_frame(std::string_view rest, const LogClock& clock) {
  constexpr std::size_t kDateWithYear = std::string_view("02 Jan 2025 10:00:00.123").size();
  constexpr std::size_t kDateWithoutYear = std::string_view("02 Jan 10:00:00.123").size();
  if (rest.size() < 2 || !is_role(rest[0]) || rest[1] != ' ') return std::nullopt;
  LogFrame frame;
  frame.role = rest[0];
  rest.remove_prefix(2);
  for (const std::size_t length : {kDateWithYear, kDateWithoutYear, rest.find(' ')}) {
    if (rest.size() < length || rest.size() - length < 2) continue;
    const std::string_view tail = rest.substr(length);
    if (tail[0] != ' ' || !is_level(tail[1]) || (tail.size() > 2 && tail[2] != ' ')) continue;
    frame.at = parse_log_time(rest.substr(0, length), clock);
    if (!frame.at) continue;
    frame.level = tail[1];
    frame.message = tail.size() > 3 ? tail.substr(3) : std::string_view();
    return frame;
  }
  return std::nullopt;
}

std::optional<LogFrame> numbered_frame(std::string_view rest, const LogClock& clock) {
  const auto pid = take_digits(rest, kMaxPidDigits);
  if (!pid || !take(rest, ":")) return std::nullopt;
  auto frame = signal_handler_frame(rest);
  if (!frame) {
    std::string_view after_thread = rest;
    if (take_digits(after_thread, kMaxPidDigits) && take(after_thread, ":")) rest = after_thread;
    frame = legacy_frame(rest, clock);
  }
  if (frame) frame->pid = pid;
  return frame;
}

/// "[PID] DATE LEVEL MESSAGE" of 2.8 and older, which do not tell the role.
std::optional<LogFrame> bracketed_frame(std::string_view rest, const LogClock& clock) {
  if (!take(rest, "[")) return std::nullopt;
  const auto pid = take_digits(rest, kMaxPidDigits);
  if (!pid || !take(rest, "] ")) return std::nullopt;
  auto frame = legacy_frame("M " + std::string(rest), clock);
  if (!frame) return std::nullopt;
  frame->pid = pid;
  frame->role = '?';
  frame->message = rest.substr(rest.size() - frame->message.size());
  return frame;
}

template <std::size_t N>
char letter_for(std::string_view word,
                const std::array<std::pair<std::string_view, char>, N>& letters) {
  for (const auto& [name, letter] : letters) {
    if (name == word) return letter;
  }
  return '?';
}

/// Valkey 8.1 with log-format logfmt; the server has made every '"' of a message a "'".
std::optional<LogFrame> logfmt_frame(std::string_view rest, const LogClock& clock) {
  using Letter = std::pair<std::string_view, char>;
  constexpr auto kRoles = std::to_array<Letter>(
      {{"sentinel", 'X'}, {"RDB/AOF", 'C'}, {"replica", 'S'}, {"primary", 'M'}});
  constexpr auto kLevels =
      std::to_array<Letter>({{"debug", '.'}, {"info", '-'}, {"notice", '*'}, {"warning", '#'}});
  LogFrame frame;
  if (!take(rest, "pid=")) return std::nullopt;
  frame.pid = take_digits(rest, kMaxPidDigits);
  if (!frame.pid || !take(rest, " role=")) return std::nullopt;
  const auto role = take_until(rest, ' ');
  if (!role || !take(rest, "timestamp=\"")) return std::nullopt;
  const auto time = take_until(rest, '"');
  if (!time || !take(rest, " level=")) return std::nullopt;
  const auto level = take_until(rest, ' ');
  if (!level || !take(rest, "message=\"")) return std::nullopt;
  if (rest.empty() || rest.find('"') != rest.size() - 1) return std::nullopt;
  frame.role = letter_for(*role, kRoles);
  frame.level = letter_for(*level, kLevels);
  frame.at = parse_log_time(*time, clock);
  if (frame.role == '?' || frame.level == '?' || !frame.at) return std::nullopt;
  frame.message = rest.substr(0, rest.size() - 1);
  return frame;
}

}  // namespace

std::optional<LogFrame> server_frame(std::string_view line, const LogClock& clock) {
  if (auto frame = numbered_frame(line, clock)) return frame;
  if (auto frame = bracketed_frame(line, clock)) return frame;
  return logfmt_frame(line, clock);
}

std::optional<LogFrame> parse_log_frame(std::string_view line, const LogClock& clock) {
  if (auto frame = server_frame(line, clock)) return frame;
  return parse_syslog_frame(line, clock);
}

}  // namespace forkmend::redis
