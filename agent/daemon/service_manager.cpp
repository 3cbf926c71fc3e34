// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// sd_notify(3) without libsystemd: the protocol is one datagram, and a static program that is
// copied to a burning host has no library.
#include "daemon/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace forkmend::daemon {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// A line end would begin another assignment.
std::string status_line(std::string_view status) {
  return "STATUS=" + printable(status, 200);
}

}  // namespace

ServiceEnvironment service_environment() {
  return {.notify_socket = variable("NOTIFY_SOCKET"),
          .watchdog_usec = variable("WATCHDOG_USEC"),
          .watchdog_pid = variable("WATCHDOG_PID")};
}

std::optional<std::chrono::microseconds> watchdog_interval(const ServiceEnvironment& environment,
                                                           std::int64_t own_pid) {
  if (environment.notify_socket.empty()) return std::nullopt;
  const auto usec = parse_integer(environment.watchdog_usec);
  if (!usec || *usec < 2) return std::nullopt;
  const bool other =
      !environment.watchdog_pid.empty() && parse_integer(environment.watchdog_pid) != own_pid;
  return other ? std::nullopt : std::optional(std::chrono::microseconds(*usec / 2));
}

Result<void> send_datagram(const std::string& socket_name, std::string_view text) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool abstract = socket_name.starts_with('@');
  const bool known = (abstract && socket_name.size() > 1) || socket_name.starts_with('/');
  if (!known || socket_name.size() >= sizeof(address.sun_path)) {
    return Error{Errc::invalid, "NOTIFY_SOCKET " + printable(socket_name) +
                                    ": expected a path or an abstract name of at most " +
                                    std::to_string(sizeof(address.sun_path) - 1) + " bytes"};
  }
  std::memcpy(address.sun_path, socket_name.data(), socket_name.size());
  if (abstract) address.sun_path[0] = '\0';
  // The length counts: an abstract name has no end mark.
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_name.size() +
                                           (abstract ? 0 : 1));
  const Descriptor out(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out.is_open()) return errno_error(errno, "making a socket");
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const ssize_t sent = sendto(out.get(), text.data(), text.size(), MSG_NOSIGNAL, generic, size);
  if (sent < 0) return errno_error(errno, "telling the service manager");
  return ok();
}

void ServiceManager::say(const std::string& text) const {
  if (socket_.empty()) return;
  const auto sent = send_datagram(socket_, text);
  if (!sent) log::write(log::Level::debug, {}, sent.error().message);
}

void ServiceManager::ready(std::string_view status) const {
  say("READY=1\n" + status_line(status));
}

void ServiceManager::reloading() const {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(monotonic_since_boot());
  say("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void ServiceManager::status(std::string_view status) const {
  say(status_line(status));
}

void ServiceManager::stopping() const {
  say("STOPPING=1\n" + status_line("stopping"));
}

void ServiceManager::watchdog() const {
  say("WATCHDOG=1");
}

}  // namespace forkmend::daemon
