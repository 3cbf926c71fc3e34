// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/certificates.hpp"
#include "support/peer_session.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

/// One thing a peer does. Made by the functions below.
struct PeerStep {
  enum class Kind { hear, say, flood, answer, silence };
  Kind kind = Kind::silence;
  std::string text;
  std::size_t count = 0;  ///< flood: bytes; answer: requests
};
using PeerScript = std::vector<PeerStep>;

/// Waits for one whole request (a RESP array of bulk strings) and remembers it.
[[nodiscard]] PeerStep hear();
[[nodiscard]] PeerStep say(std::string text);
/// A text again and again until so many bytes are out or the client has gone.
[[nodiscard]] PeerStep flood(std::string text, std::size_t bytes);
/// So many times: waits for a request, answers with that text; nothing is remembered.
[[nodiscard]] PeerStep answer_each(std::string text, std::size_t requests);
/// Says nothing until the client goes away.
[[nodiscard]] PeerStep stay_silent();
/// A peer first answers the PING of a redis::Connection that has no password.
[[nodiscard]] PeerScript after_greeting(PeerScript steps);

/// A server that says what a script says: a real listening socket on loopback or a unix path,
/// served by a thread of its own, one connection after the other, each by the whole script; at its
/// end the peer closes the connection.
class ScriptedPeer {
 public:
  enum class Kind { tcp, unix_socket };

  explicit ScriptedPeer(PeerScript script, Kind kind = Kind::tcp,
                        OpenSslPtr<SSL_CTX> tls = nullptr);
  /// Ends the thread, also in the middle of a step.
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }  ///< on 127.0.0.1
  [[nodiscard]] std::string path() const;                     ///< of the unix socket
  /// "redis://127.0.0.1:PORT", "rediss://127.0.0.1:PORT" or "unix:///PATH".
  [[nodiscard]] std::string url() const;
  /// Requests as sent, in RESP.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void listen_tcp();
  void listen_unix();
  void serve();
  void serve_one(int fd);
  bool perform(const PeerStep& step, PeerSession& session);

  PeerScript script_;
  Kind kind_;
  OpenSslPtr<SSL_CTX> tls_;
  TempDir dir_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int stop_ = -1;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace forkmend::testing
