// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/log_text.hpp"

#include <chrono>
#include <set>

#include "base/units.hpp"
#include "redis/log_frame.hpp"

namespace forkmend::redis {

namespace {

std::int64_t whole_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// "2025-11-25T03:04:05.678+00:00": a time that a server's own frame may have, in any zone.
std::string zoned_time(WallTime time) {
  std::string text = format_time(time);
  text.pop_back();
  return text + "+00:00";
}

/// Redis 4.0 logs no year: the keeper's time has it.
bool has_own_frame(const SourceLine& line) {
  const LogClock clock{.newest = line.at.value_or(WallTime{}),
                       .to_utc = fixed_offset(std::chrono::minutes(0))};
  return server_frame(line.text, clock).has_value();
}

/// What a frame can have: whole years until 2199, as every parser of times here.
bool can_be_framed(WallTime time) {
  constexpr std::int64_t kEnd = 7258118400;  // 2200-01-01
  const std::int64_t seconds = whole_seconds(time);
  return seconds >= 0 && seconds < kEnd;
}

bool is_server(const SourceLine& line, const ServerPid& pid) {
  return line.pid == pid.host;
}

std::set<std::int64_t> children_of(const std::vector<SourceLine>& lines, const ServerPid& pid) {
  std::set<std::int64_t> children;
  for (const SourceLine& line : lines) {
    if (!is_server(line, pid)) continue;
    if (const auto child = parse_log_message(line.text).child_pid) children.insert(*child);
  }
  return children;
}

}  // namespace

LogText text_of_stream(const std::vector<SourceLine>& lines) {
  LogText log;
  for (const SourceLine& line : lines) {
    log.text.append(line.text).append("\n");
    if (line.at && has_own_frame(line)) log.changed_at = whole_seconds(*line.at);
  }
  if (log.changed_at == 0 && !lines.empty() && lines.back().at) {
    log.changed_at = whole_seconds(*lines.back().at);
  }
  return log;
}

LogText text_of_syslog(const std::vector<SourceLine>& lines, const ServerPid& pid) {
  const std::set<std::int64_t> children = children_of(lines, pid);
  LogText log;
  for (const SourceLine& line : lines) {
    if (!line.at || !line.pid || !can_be_framed(*line.at)) continue;
    const bool server = is_server(line, pid);
    if (!server && !children.contains(*line.pid)) continue;
    log.changed_at = whole_seconds(*line.at);
    if (!has_own_frame(line)) {
      const std::int64_t number = server ? pid.own : *line.pid;
      log.text.append(std::to_string(number)).append(server ? ":M " : ":C ");
      log.text.append(zoned_time(*line.at)).append(" ").append(1, line.level).append(" ");
    }
    log.text.append(line.text).append("\n");
  }
  return log;
}

}  // namespace forkmend::redis
