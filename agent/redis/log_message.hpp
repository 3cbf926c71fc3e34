// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Private to the parser of log lines: what a message means.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "redis/log_event.hpp"

namespace forkmend::redis {

/// What may stand behind the fixed text of a message.
enum class MessageTail : std::uint8_t {
  nothing,
  anything,
  error,   ///< strerror() text, alone or at the end of more
  pid,     ///< digits, then nothing or a blank and more
  signal,  ///< digits and nothing else
};

struct MessagePattern {
  std::string_view start;
  LogEventKind kind = LogEventKind::other;
  MessageTail tail = MessageTail::nothing;
  std::string_view middle;  ///< must follow somewhere behind start
};

/// Every text of every supported version; the first that fits wins.
[[nodiscard]] std::span<const MessagePattern> message_patterns();

/// Texts that are no event of their own but help a diagnosis (a module's fork, an abort, ...).
[[nodiscard]] std::span<const MessagePattern> telling_patterns();

/// Fills kind, error_number, signal and child_pid from event.message and event.role.
void interpret_message(LogEvent& event);

/// Whether a diagnosis has a use for the line: an event, or one of the telling texts.
[[nodiscard]] bool is_telling(const LogEvent& event);

}  // namespace forkmend::redis
