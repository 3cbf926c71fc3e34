// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace forkmend::daemon {

/// What systemd says in our environment (sd_notify(3), sd_watchdog_enabled(3)).
struct ServiceEnvironment {
  std::string notify_socket;  ///< $NOTIFY_SOCKET; empty: nobody wants to be told
  std::string watchdog_usec;  ///< $WATCHDOG_USEC
  std::string watchdog_pid;   ///< $WATCHDOG_PID
};
[[nodiscard]] ServiceEnvironment service_environment();

/// How often WATCHDOG=1 has to be said: half of the time that systemd waits. nullopt: not at all,
/// or it means another process. Pure.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval(
    const ServiceEnvironment& environment, std::int64_t own_pid);

/// Tells the service manager how we are, one datagram each, and does nothing without one.
class ServiceManager {
 public:
  explicit ServiceManager(std::string notify_socket) : socket_(std::move(notify_socket)) {}

  void ready(std::string_view status) const;
  /// With CLOCK_MONOTONIC, which Type=notify-reload wants.
  void reloading() const;
  void status(std::string_view status) const;
  void stopping() const;
  void watchdog() const;

 private:
  void say(const std::string& text) const;
  std::string socket_;
};

/// One datagram to a unix socket, "@" first for an abstract one. Errors: invalid (no such address),
/// io; the datagram is dropped rather than waited for.
[[nodiscard]] Result<void> send_datagram(const std::string& socket, std::string_view text);

}  // namespace forkmend::daemon
