// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "daemon/event.hpp"

namespace forkmend::daemon {

/// Events that wait, one for each server: what comes while one waits falls together with it. The
/// first one's source and delay stay (it saw it first), the strongest meaning counts. So a flood
/// costs no memory, and one server's flood does not make another one wait. Pure.
class EventQueue {
 public:
  /// False when it fell together with one that was waiting.
  bool push(Event event);

  /// Takes the oldest one whose server may be attended to now. `ready_at` tells from when on (boot
  /// time); nullopt: not now, and nobody knows when.
  using ReadyAt =
      std::function<std::optional<std::chrono::nanoseconds>(const std::string& endpoint)>;
  [[nodiscard]] std::optional<Event> pop(std::chrono::nanoseconds now, const ReadyAt& ready_at);

  /// When the next one will be ready; nullopt: none waits, or none for a known time.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next(const ReadyAt& ready_at) const;

  /// What waits for that server; nullptr: nothing.
  [[nodiscard]] const Event* waiting(const std::string& endpoint) const;

  /// The server is no more.
  void forget(const std::string& endpoint);

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t coalesced() const { return coalesced_; }

 private:
  std::map<std::string, Event, std::less<>> waiting_;
  std::deque<std::string> order_;  ///< keys of waiting_, oldest first
  std::uint64_t coalesced_ = 0;
};

}  // namespace forkmend::daemon
