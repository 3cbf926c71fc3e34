// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/control_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "daemon/control_socket.hpp"

namespace forkmend::cli {

namespace {

using std::chrono::milliseconds;

/// The answer may only come from those who may be the agent: others could tell us anything.
Result<void> check_agent(int socket, const std::string& path) {
  const auto peer = daemon::peer_of(socket);
  if (!peer) return peer.error();
  if (daemon::may_change(peer->uid, geteuid())) return ok();
  return Error{Errc::permission_denied, "uid " + std::to_string(peer->uid) + " answers on " +
                                            printable(path) + "; expected root or uid " +
                                            std::to_string(geteuid())};
}

Result<Descriptor> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) {
    return Error{Errc::not_found,
                 "no control socket: expected [control] socket in the "
                 "configuration, or XDG_RUNTIME_DIR in the environment"};
  }
  if (path.size() >= sizeof(address.sun_path)) {
    return Error{Errc::not_found, printable(path) + " is too long for a socket: nobody listens"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return errno_error(errno, "making a socket");
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (connect(socket.get(), generic, sizeof(address)) == 0) return socket;
  if (errno == ECONNREFUSED || errno == ENOENT) {
    return Error{Errc::not_found, "no agent answers on " + printable(path)};
  }
  return errno_error(errno, "connecting to " + printable(path));
}

/// Waits until the socket can be read or written. Errors: timeout.
Result<void> wait_for(int socket, short events, std::chrono::nanoseconds end) {
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - read_clock().boot);
    if (left.count() <= 0) return Error{Errc::timeout, "the agent does not answer"};
    pollfd waited{.fd = socket, .events = events, .revents = 0};
    const int count = poll(&waited, 1, static_cast<int>(left.count()));
    if (count > 0) return ok();
    if (count < 0 && errno != EINTR) return errno_error(errno, "waiting for the agent");
  }
}

Result<void> send_all(int socket, std::string_view text, std::chrono::nanoseconds end) {
  while (!text.empty()) {
    if (const auto ready = wait_for(socket, POLLOUT, end); !ready) return ready.error();
    const ssize_t sent = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent < 0) return errno_error(errno, "asking the agent");
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return ok();
}

/// One line without its end.
Result<std::string> receive_line(int socket, std::chrono::nanoseconds end) {
  std::string line;
  std::array<char, 65536> buffer{};
  while (line.size() <= daemon::kMaxControlReply) {
    if (const auto ready = wait_for(socket, POLLIN, end); !ready) return ready.error();
    const ssize_t got = recv(socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return errno_error(errno, "reading the agent's answer");
    if (got == 0) return Error{Errc::closed, "the agent closed the connection"};
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t at = piece.find('\n');
    line.append(piece.substr(0, at));
    if (at != std::string_view::npos) return line;
  }
  return Error{Errc::too_large, "the agent's answer does not end"};
}

}  // namespace

Result<daemon::ControlReply> ask_agent(const std::string& socket,
                                       const daemon::ControlRequest& request,
                                       milliseconds deadline) {
  const auto end = read_clock().boot + deadline;
  const auto connection = connect_to(socket);
  if (!connection) return connection.error();
  if (const auto known = check_agent(connection->get(), socket); !known) return known.error();
  if (const auto sent = send_all(connection->get(), to_line(request), end); !sent) {
    return sent.error();
  }
  const auto line = receive_line(connection->get(), end);
  if (!line) return line.error();
  auto reply = daemon::parse_reply(*line);
  if (!reply) return reply.error().during("reading the agent's answer");
  return reply;
}

}  // namespace forkmend::cli
