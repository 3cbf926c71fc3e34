// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "support/certificates.hpp"

namespace forkmend::testing {

/// One connection of a ScriptedPeer, with or without TLS, on a non-blocking socket: waits for the
/// client as long as it takes, but ends as soon as the stop descriptor becomes readable.
class PeerSession {
 public:
  PeerSession(int fd, int stop, SSL_CTX* tls);

  /// The TLS handshake, if any. A refused client is sent the alert and then read to its end, so
  /// that no reset overtakes the alert.
  [[nodiscard]] bool begin();
  [[nodiscard]] bool write(std::string_view text);
  /// One whole request: a RESP array of bulk strings. nullopt when the client goes away before.
  [[nodiscard]] std::optional<std::string> read_request();
  /// Reads and forgets until the client goes away.
  void drain();

 private:
  bool read_more();
  long write_some(std::string_view text);
  bool may_retry(long result, short events);
  bool wait_for(int ssl_error);
  bool wait(short events);

  int fd_;
  int stop_;
  OpenSslPtr<SSL> ssl_;
  std::string pending_;
};

}  // namespace forkmend::testing
