// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/boxed.hpp"
#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "redis/endpoint.hpp"
#include "redis/reply.hpp"

namespace forkmend::redis {

struct TlsOptions {
  std::string ca_file;
  std::string ca_dir;
  std::string cert_file;
  std::string key_file;
  std::string server_name;  ///< SNI and the name verified; empty: the endpoint's host
  bool verify = true;
};

struct ConnectionOptions {
  Endpoint endpoint;
  Credentials credentials;
  Boxed<TlsOptions> tls;  ///< none: as a default TlsOptions, where the endpoint wants TLS
  std::chrono::milliseconds deadline{2000};       ///< of connect+AUTH, and of each call
  std::size_t max_reply = std::size_t{8} << 20U;  ///< bytes of one reply, nested ones included
  /// Connect from inside this process's network namespace ("/proc/812/ns/net"); empty: our own.
  std::string network_namespace;
};

/// Peer of a unix socket, as SO_PEERCRED says at connect time.
struct PeerCredentials {
  std::int64_t pid = 0;
  std::uint32_t uid = 0;
};

using Command = std::vector<std::string>;

/// One connection to one server: TCP, TLS or unix socket, requests formatted and replies parsed by
/// hiredis. One call at a time. After any error other than an error reply it is closed and every
/// further call says Errc::closed.
class Connection {
 public:
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects, does TLS and AUTH. Errors: timeout, not_found (refused), permission_denied
  /// (WRONGPASS, NOAUTH), protocol, io.
  [[nodiscard]] static boost::asio::awaitable<Result<std::unique_ptr<Connection>>> connect(
      ConnectionOptions options);

  /// An error reply of the server is a Reply, not an Error.
  [[nodiscard]] boost::asio::awaitable<Result<Reply>> call(Command command);

  /// Sends all of them at once and waits for all replies, in order, within one deadline: one round
  /// trip. A reply is there for each command, error replies included.
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<Reply>>> call_all(
      std::vector<Command> commands);

  /// The bare socket, which is the caller's from now on, and this connection closed; nullopt with
  /// TLS, which cannot be taken apart, and after an error.
  [[nodiscard]] std::optional<Descriptor> release();

  [[nodiscard]] const Endpoint& endpoint() const;
  [[nodiscard]] std::optional<PeerCredentials> peer_credentials() const;
  /// Local and remote port of a TCP connection (0 for unix): for the proof of locality.
  [[nodiscard]] std::uint16_t local_port() const;

 private:
  class Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace forkmend::redis
