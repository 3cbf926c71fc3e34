// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/types.h>

#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace forkmend::daemon {

/// A listening unix socket at a path, taken away at the end if it is still this one.
class ControlSocket {
 public:
  /// Makes the directory (0755) when it is missing. It must be a directory, belong to root or to
  /// us, and be writable by its owner alone: who can write there could put a socket of his own in
  /// place of ours. A socket that nobody answers on is a dead agent's and is replaced. Errors:
  /// invalid (the path is too long, or something else lies there), permission_denied (the
  /// directory), busy (an agent answers), io.
  [[nodiscard]] static Result<ControlSocket> listen(const std::string& path, mode_t mode);

  ControlSocket(ControlSocket&& other) noexcept;
  ControlSocket& operator=(ControlSocket&&) = delete;
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  ~ControlSocket();

  [[nodiscard]] int release() { return socket_.release(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  ControlSocket(std::string path, Descriptor socket);
  std::string path_;
  Descriptor socket_;
  ino_t inode_ = 0;
};

/// The user at the other end of a connected unix socket (SO_PEERCRED).
struct PeerUser {
  pid_t pid = 0;
  uid_t uid = 0;
};
[[nodiscard]] Result<PeerUser> peer_of(int socket);

/// Whether that user may make an agent of user `own` do something: root and the agent's own user.
/// Pure.
[[nodiscard]] constexpr bool may_change(uid_t peer, uid_t own) {
  return peer == 0 || peer == own;
}

}  // namespace forkmend::daemon
