// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/shared_list.hpp"
#include "host/root.hpp"

namespace forkmend::host {

enum class SocketFamily { tcp, tcp6, unix_stream };

/// A socket that accepts connections.
struct ListeningSocket {
  SocketFamily family = SocketFamily::tcp;
  std::string address;     ///< "127.0.0.1", "::1", "/run/redis.sock", "@abstract"; v4-mapped as v4
  std::uint16_t port = 0;  ///< 0 for unix
  std::uint64_t inode = 0;
  bool operator==(const ListeningSocket&) const = default;

  /// Accepts on every address of its family.
  [[nodiscard]] bool wildcard() const;
};

[[nodiscard]] std::vector<ListeningSocket> parse_tcp(std::string_view text);
[[nodiscard]] std::vector<ListeningSocket> parse_tcp6(std::string_view text);
[[nodiscard]] std::vector<ListeningSocket> parse_unix(std::string_view text);

/// All listening sockets in the network namespace of a process ("self" or a pid), whoever holds
/// them. A family that the kernel does not have is left out. Errors: the process is gone or hidden.
[[nodiscard]] Result<SharedList<ListeningSocket>> listening_sockets(const Root& root,
                                                                    std::string_view pid);

/// Inodes of the sockets that a process holds, sorted. Errors: permission_denied without ptrace
/// rights.
[[nodiscard]] Result<std::vector<std::uint64_t>> socket_inodes(const Root& root, std::int64_t pid);

}  // namespace forkmend::host
