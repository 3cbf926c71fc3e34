// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/open_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

namespace forkmend::redis {

namespace {

Result<Descriptor> open_here(int family) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return errno_error(errno, "creating a socket");
  if (family != AF_UNIX) {
    // Small requests, each waited for: never hold one back. Best effort.
    const int on = 1;
    (void)setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return socket;
}

Result<Descriptor> enter_and_open(int family, const std::string& network_namespace) {
  const std::string what = "entering the network namespace " + network_namespace;
  const Descriptor space(open(network_namespace.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!space.is_open()) return errno_error(errno, what);
  if (setns(space.get(), CLONE_NEWNET) != 0) {
    Error error = errno_error(errno, what);
    if (error.code == Errc::permission_denied) error.message += "; this needs root";
    return error;
  }
  return open_here(family);
}

}  // namespace

Result<Descriptor> open_stream_socket(int family, const std::string& network_namespace) {
  if (network_namespace.empty()) return open_here(family);
  Result<Descriptor> opened = Error{Errc::io, "the thread did not run"};
  try {
    std::thread([&] { opened = enter_and_open(family, network_namespace); }).join();
  } catch (const std::system_error& failure) {
    return errno_error(failure.code().value(), "starting a thread for a network namespace");
  }
  return opened;
}

}  // namespace forkmend::redis
