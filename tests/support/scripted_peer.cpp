// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/scripted_peer.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace forkmend::testing {

namespace {

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

void listen_on(int listener, const void* address, std::size_t size) {
  require(listener >= 0, "socket");
  require(bind(listener, static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) == 0,
          "bind");
  require(listen(listener, 8) == 0, "listen");
}

/// OpenSSL writes with write(): a client that has gone must be an error, not a signal.
void block_broken_pipes() {
  sigset_t pipes;
  sigemptyset(&pipes);
  sigaddset(&pipes, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipes, nullptr);
}

bool flood_with(const PeerStep& step, PeerSession& session) {
  for (std::size_t sent = 0; sent < step.count; sent += step.text.size()) {
    if (!session.write(step.text)) return false;
  }
  return true;
}

bool answer(const PeerStep& step, PeerSession& session) {
  for (std::size_t i = 0; i < step.count; ++i) {
    if (!session.read_request() || !session.write(step.text)) return false;
  }
  return true;
}

}  // namespace

PeerStep hear() {
  return {PeerStep::Kind::hear, {}, 0};
}

PeerStep say(std::string text) {
  return {PeerStep::Kind::say, std::move(text), 0};
}

PeerStep flood(std::string text, std::size_t bytes) {
  return {PeerStep::Kind::flood, std::move(text), bytes};
}

PeerStep answer_each(std::string text, std::size_t requests) {
  return {PeerStep::Kind::answer, std::move(text), requests};
}

PeerStep stay_silent() {
  return {PeerStep::Kind::silence, {}, 0};
}

PeerScript after_greeting(PeerScript steps) {
  steps.insert(steps.begin(), {hear(), say("+PONG\r\n")});
  return steps;
}

ScriptedPeer::ScriptedPeer(PeerScript script, Kind kind, OpenSslPtr<SSL_CTX> tls)
    : script_(std::move(script)), kind_(kind), tls_(std::move(tls)) {
  stop_ = eventfd(0, EFD_CLOEXEC);
  require(stop_ >= 0, "eventfd");
  if (kind_ == Kind::tcp) {
    listen_tcp();
  } else {
    listen_unix();
  }
  thread_ = std::thread([this] { serve(); });
}

ScriptedPeer::~ScriptedPeer() {
  (void)eventfd_write(stop_, 1);
  thread_.join();
  close(listener_);
  close(stop_);
}

void ScriptedPeer::listen_tcp() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listen_on(listener_, &address, sizeof address);
  socklen_t size = sizeof address;
  require(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
}

void ScriptedPeer::listen_unix() {
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path();
  require(name.size() < sizeof address.sun_path, "the path of the socket is too long");
  name.copy(address.sun_path, name.size());
  listen_on(listener_, &address, sizeof address);
}

std::string ScriptedPeer::path() const {
  return (dir_.path() / "redis.sock").string();
}

std::string ScriptedPeer::url() const {
  if (kind_ == Kind::unix_socket) return "unix://" + path();
  return (tls_ ? "rediss://127.0.0.1:" : "redis://127.0.0.1:") + std::to_string(port_);
}

std::vector<std::string> ScriptedPeer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedPeer::serve() {
  block_broken_pipes();
  while (true) {
    std::array<pollfd, 2> fds{{{listener_, POLLIN, 0}, {stop_, POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0 || fds[1].revents != 0) return;
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) continue;
    serve_one(fd);
    close(fd);
  }
}

void ScriptedPeer::serve_one(int fd) {
  PeerSession session(fd, stop_, tls_.get());
  if (!session.begin()) return;
  for (const PeerStep& step : script_) {
    if (!perform(step, session)) return;
  }
}

bool ScriptedPeer::perform(const PeerStep& step, PeerSession& session) {
  switch (step.kind) {
    case PeerStep::Kind::hear: {
      auto request = session.read_request();
      if (!request) return false;
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(*request));
      return true;
    }
    case PeerStep::Kind::say:
      return session.write(step.text);
    case PeerStep::Kind::flood:
      return flood_with(step, session);
    case PeerStep::Kind::answer:
      return answer(step, session);
    case PeerStep::Kind::silence:
      session.drain();
      return true;
  }
  return false;
}

}  // namespace forkmend::testing
