// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "redis/connection.hpp"
#include "redis/resolve.hpp"

namespace forkmend::redis {

/// A byte stream to a server: TCP or unix socket, with or without TLS. It knows no deadlines: its
/// callers wrap each operation in within(). One operation at a time.
class Stream {
 public:
  explicit Stream(const boost::asio::any_io_executor& executor);

  /// A socket of the address' family, made in that network namespace, connected. May be called
  /// again after a failure.
  [[nodiscard]] boost::asio::awaitable<Result<void>> connect(SocketAddress address,
                                                             std::string network_namespace);
  /// TLS over the connected socket from here on.
  [[nodiscard]] boost::asio::awaitable<Result<void>> handshake(TlsOptions options,
                                                               std::string host);
  /// At least one byte. Errors: closed (end of stream, reset), cancelled, io.
  [[nodiscard]] boost::asio::awaitable<Result<std::size_t>> read_some(
      boost::asio::mutable_buffer buffer);
  [[nodiscard]] boost::asio::awaitable<Result<void>> write(boost::asio::const_buffer bytes);

  /// At once, without a TLS goodbye: nothing more is wanted from the peer.
  void close();

  /// The socket without us; nullopt with TLS.
  [[nodiscard]] std::optional<Descriptor> release();

  [[nodiscard]] std::optional<PeerCredentials> peer_credentials();
  [[nodiscard]] std::uint16_t local_port();

 private:
  using Socket = boost::asio::generic::stream_protocol::socket;

  boost::asio::awaitable<Result<void>> connect_tcp(SocketAddress address);
  boost::asio::awaitable<Result<void>> connect_unix(SocketAddress address);
  Error explain(const boost::system::error_code& failure);

  Socket socket_;
  std::unique_ptr<boost::asio::ssl::context> context_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace forkmend::redis
