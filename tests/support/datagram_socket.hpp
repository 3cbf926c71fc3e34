// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>

#include "base/descriptor.hpp"

namespace forkmend::testing {

/// A bound unix datagram socket, as the service manager has one; "@" first for an abstract name.
class DatagramSocket {
 public:
  explicit DatagramSocket(const std::string& name)
      : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.empty() || name.size() >= sizeof(address.sun_path)) throw std::runtime_error(name);
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
      throw std::runtime_error("bind " + name);
    }
  }

  /// The next datagram; empty when none comes in that time.
  [[nodiscard]] std::string next(std::chrono::milliseconds patience = {}) const {
    pollfd waited{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (poll(&waited, 1, static_cast<int>(patience.count())) <= 0) return {};
    std::array<char, 4096> buffer{};
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
  }

  /// Reads on until one holds the text; that one, or empty when none of them does.
  [[nodiscard]] std::string wait_for(const std::string& text,
                                     std::chrono::milliseconds patience) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return {};
      std::string said = next(left);
      if (said.empty() || said.find(text) != std::string::npos) return said;
    }
  }

 private:
  Descriptor socket_;
};

}  // namespace forkmend::testing
