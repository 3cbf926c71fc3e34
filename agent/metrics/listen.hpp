// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace forkmend::metrics {

/// Where the metrics are served.
struct ListenAddress {
  enum class Kind { off, tcp, unix_socket };
  Kind kind = Kind::off;
  std::string host;  ///< an address, or the path of the socket
  std::uint16_t port = 0;

  bool operator==(const ListenAddress&) const = default;
};

/// "127.0.0.1:9911", "[::1]:9911", "unix:/run/forkmend/metrics.sock" or "off". An address, not a
/// name: what is listened on must not depend on a resolver. Errors: invalid, with what was
/// expected.
[[nodiscard]] Result<ListenAddress> parse_listen(std::string_view text);

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

/// Bound and listening. A socket file that a dead process left is replaced; the directory of a unix
/// socket is made (0755) where it is missing, the socket has mode 0660. Errors: busy (somebody
/// listens there already), invalid, permission_denied, io; each names the address.
[[nodiscard]] Result<std::unique_ptr<Acceptor>> listen_on(
    const boost::asio::any_io_executor& executor, const ListenAddress& address);

}  // namespace forkmend::metrics
