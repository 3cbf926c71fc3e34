// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/control_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/text.hpp"

namespace forkmend::daemon {

namespace {

constexpr int kBacklog = 16;
constexpr mode_t kDirectoryMode = 0755;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Error{Errc::invalid, printable(path) + ": expected a path of 1 to " +
                                    std::to_string(sizeof(address.sun_path) - 1) +
                                    " bytes for a socket"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<void> check_directory(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  const std::string where = directory.empty() ? "." : directory;
  if (mkdir(where.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return errno_error(errno, "making the directory " + where);
  }
  struct stat status{};
  if (lstat(where.c_str(), &status) != 0) return errno_error(errno, "looking at " + where);
  if (!S_ISDIR(status.st_mode)) return Error{Errc::invalid, where + ": expected a directory"};
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    return Error{Errc::permission_denied,
                 where + " belongs to uid " + std::to_string(status.st_uid) +
                     "; expected root or uid " + std::to_string(geteuid())};
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return ok();
  return Error{Errc::permission_denied,
               where + " can be written by others; run: chmod go-w " + shell_quote(where)};
}

/// Asio takes the descriptor over and wants it non-blocking, as does a probe that must not hang.
Descriptor unix_socket() {
  return Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// Whether somebody listens there. A full queue (EAGAIN) is somebody, too.
bool is_answered(const sockaddr_un& address) {
  const Descriptor probe = unix_socket();
  if (!probe.is_open()) return true;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return connect(probe.get(), generic, sizeof(address)) == 0 || errno != ECONNREFUSED;
}

Result<void> clear_place(const std::string& path, const sockaddr_un& address) {
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? ok() : Result<void>(errno_error(errno, "looking at " + path));
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Error{Errc::invalid, path + " is no socket; expected nothing there, or a socket"};
  }
  if (is_answered(address)) {
    return Error{Errc::busy, "an agent answers on " + path + " already"};
  }
  if (unlink(path.c_str()) != 0) return errno_error(errno, "removing the dead socket " + path);
  return ok();
}

}  // namespace

ControlSocket::ControlSocket(std::string path, Descriptor socket)
    : path_(std::move(path)), socket_(std::move(socket)) {
  struct stat status{};
  if (lstat(path_.c_str(), &status) == 0) inode_ = status.st_ino;
}

ControlSocket::ControlSocket(ControlSocket&& other) noexcept
    : path_(std::move(other.path_)),
      socket_(std::move(other.socket_)),
      inode_(std::exchange(other.inode_, 0)) {}

ControlSocket::~ControlSocket() {
  struct stat status{};
  if (inode_ == 0) return;
  if (lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_) unlink(path_.c_str());
}

Result<ControlSocket> ControlSocket::listen(const std::string& path, mode_t mode) {
  const auto address = address_of(path);
  if (!address) return address.error();
  if (const auto checked = check_directory(path); !checked) return checked.error();
  if (const auto cleared = clear_place(path, *address); !cleared) return cleared.error();
  Descriptor socket = unix_socket();
  if (!socket.is_open()) return errno_error(errno, "making a socket");
  // The mode is set before anybody is listened to: until then connecting is refused.
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
  if (bind(socket.get(), generic, sizeof(*address)) != 0)
    return errno_error(errno, "binding " + path);
  ControlSocket made(path, std::move(socket));
  if (chmod(path.c_str(), mode) != 0) return errno_error(errno, "setting the mode of " + path);
  if (::listen(made.socket_.get(), kBacklog) != 0)
    return errno_error(errno, "listening on " + path);
  return made;
}

Result<PeerUser> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return errno_error(errno, "asking for the peer of a socket");
  }
  return PeerUser{credentials.pid, credentials.uid};
}

}  // namespace forkmend::daemon
