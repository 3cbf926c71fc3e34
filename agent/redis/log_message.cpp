// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/log_message.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "redis/errno_names.hpp"
#include "redis/log_frame.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kSignalDigits = 3;
constexpr std::size_t kErrnoDigits = 4;

/// "Cannot allocate memory (errno=12)"
std::optional<int> numbered_error(std::string_view text) {
  const std::size_t at = text.rfind("(errno=");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(at);
  if (!take(rest, "(errno=")) return std::nullopt;
  const auto number = take_digits(rest, kErrnoDigits);
  if (!number || *number <= 0 || rest != ")") return std::nullopt;
  return static_cast<int>(*number);
}

/// The strerror() text at the end: all of it or what follows the last ": ". A file name in between
/// may hold anything, so nothing else is looked at.
std::optional<int> trailing_error(std::string_view text) {
  if (const auto number = numbered_error(text)) return number;
  if (const auto number = errno_from_text(text)) return number;
  const std::size_t colon = text.rfind(": ");
  if (colon != std::string_view::npos) text.remove_prefix(colon + 2);
  constexpr std::string_view kExiting = " Exiting...";
  if (text.ends_with(kExiting)) text.remove_suffix(kExiting.size());
  if (text.ends_with('.')) text.remove_suffix(1);
  return errno_from_text(text);
}

bool take_pid(std::string_view rest, LogEvent& event) {
  const auto pid = take_digits(rest, kMaxPidDigits);
  if (!pid || *pid <= 0 || (!rest.empty() && rest.front() != ' ')) return false;
  event.child_pid = pid;
  return true;
}

bool take_signal(std::string_view rest, LogEvent& event) {
  const auto number = take_digits(rest, kSignalDigits);
  if (!number || !rest.empty()) return false;
  event.signal = static_cast<int>(*number);
  return true;
}

bool fits(const MessagePattern& pattern, LogEvent& event) {
  std::string_view rest = event.message;
  if (!take(rest, pattern.start)) return false;
  if (!pattern.middle.empty() && rest.find(pattern.middle) == std::string_view::npos) return false;
  switch (pattern.tail) {
    case MessageTail::nothing:
      return rest.empty();
    case MessageTail::anything:
      return true;
    case MessageTail::error:
      event.error_number = trailing_error(rest);
      return true;
    case MessageTail::pid:
      return take_pid(rest, event);
    case MessageTail::signal:
      return take_signal(rest, event);
  }
  return false;
}

bool fits_any(std::span<const MessagePattern> patterns, LogEvent& event) {
  for (const MessagePattern& pattern : patterns) {
    if (!fits(pattern, event)) continue;
    event.kind = pattern.kind;
    return true;
  }
  return false;
}

}  // namespace

void interpret_message(LogEvent& event) {
  event.kind = LogEventKind::other;
  if (!fits_any(message_patterns(), event)) {
    (void)fits_any(telling_patterns(), event);
    return;
  }
  // A child says so before the server has taken note of it; from the server itself it is SAVE.
  const bool from_server = event.role == 'M' || event.role == 'S';
  if (event.message == "DB saved on disk" && !from_server) event.kind = LogEventKind::other;
}

bool is_telling(const LogEvent& event) {
  if (event.kind != LogEventKind::other) return true;
  LogEvent copy = event;
  return fits_any(telling_patterns(), copy);
}

}  // namespace forkmend::redis
