// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/log_line.hpp"

#include "redis/log_frame.hpp"
#include "redis/log_message.hpp"

namespace forkmend::redis {

namespace {

/// LOG_MAX_LEN of server.h: longer ones are cut by the server itself.
constexpr std::size_t kMaxMessage = 1024;

std::string_view without_line_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Without the hole that truncating a log under a server leaves which does not append. It stands
/// before a line, never before a message.
std::string_view after_hole(std::string_view line) {
  while (line.starts_with('\0')) line.remove_prefix(1);
  return line;
}

}  // namespace

LogEvent parse_log_line(std::string_view line, const LogClock& clock) {
  line = after_hole(without_line_end(line));
  LogEvent event;
  const auto frame = parse_log_frame(line, clock);
  if (!frame) {
    event.message = line.substr(0, kMaxMessage);
    return event;
  }
  event.pid = frame->pid;
  event.role = frame->role;
  event.level = frame->level;
  event.at = frame->at;
  event.message = frame->message.substr(0, kMaxMessage);
  interpret_message(event);
  return event;
}

LogEvent parse_log_message(std::string_view message) {
  LogEvent event;
  event.message = without_line_end(message).substr(0, kMaxMessage);
  interpret_message(event);
  return event;
}

bool has_frame(const LogEvent& event) {
  return event.pid.has_value();
}

}  // namespace forkmend::redis
