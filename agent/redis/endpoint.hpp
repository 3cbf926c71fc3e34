// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace forkmend::redis {

enum class Transport { tcp, tls, unix_socket };

/// Where a server listens. Never holds a password: a URL's password is moved to Credentials.
struct Endpoint {
  Transport transport = Transport::tcp;
  std::string host;  ///< name or address, without brackets; the path of a unix socket
  std::uint16_t port = 6379;

  bool operator==(const Endpoint&) const = default;
};

/// "redis://127.0.0.1:6379", "rediss://[::1]:6380", "unix:///run/redis.sock".
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

/// Who we are for the server. The password never appears in a log, an error or JSON.
struct Credentials {
  std::string username;  ///< empty: AUTH with the password alone
  std::string password;  ///< empty: no AUTH
};

struct ParsedUrl {
  Endpoint endpoint;
  Credentials credentials;
};

/// redis://[user[:password]@]host[:port], rediss://..., unix:///path. Percent-encoding in user and
/// password. Errors: Errc::invalid; the message names the part and what was expected, never the
/// password.
[[nodiscard]] Result<ParsedUrl> parse_url(std::string_view url);

}  // namespace forkmend::redis
