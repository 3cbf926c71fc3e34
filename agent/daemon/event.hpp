// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/instance_state.hpp"

namespace forkmend::daemon {

/// What an event asks for, whatever caused it; a later one in this list asks for more.
enum class EventMeaning {
  poll,      ///< ask the server now: something near it has happened
  foreseen,  ///< the next fork would be refused: look, and act before it fails
  look,      ///< something may have failed: look at the whole server
  gone,      ///< the process has ended: look for servers
};

/// "poll", "foreseen", "look", "gone".
[[nodiscard]] std::string_view to_string(EventMeaning meaning);

/// News of one server.
struct Event {
  EventSource source = EventSource::poll;
  EventMeaning meaning = EventMeaning::poll;
  std::string endpoint;              ///< the key of the server
  std::chrono::nanoseconds seen{0};  ///< boot time at which we had it
  /// From the time that the server or the kernel put on it to our having it; nullopt: it has none.
  std::optional<std::chrono::microseconds> delay;
  std::string says;  ///< the line or counter, for people; foreign text
};

}  // namespace forkmend::daemon
