// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/peer_session.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace forkmend::testing {

namespace {

/// The number after the type byte; `next` becomes the place after its line.
std::optional<std::size_t> number_at(const std::string& text, std::size_t at, std::size_t& next) {
  const std::size_t end = text.find("\r\n", at);
  if (end == std::string::npos) return std::nullopt;
  std::size_t number = 0;
  std::from_chars(text.data() + at + 1, text.data() + end, number);
  next = end + 2;
  return number;
}

/// Size of the request at the front of the text; nullopt while it is not whole.
std::optional<std::size_t> request_size(const std::string& text) {
  std::size_t at = 0;
  const auto words = number_at(text, at, at);
  if (!words) return std::nullopt;
  for (std::size_t i = 0; i < *words; ++i) {
    const auto length = number_at(text, at, at);
    if (!length) return std::nullopt;
    at += *length + 2;
  }
  return at <= text.size() ? std::optional(at) : std::nullopt;
}

}  // namespace

PeerSession::PeerSession(int fd, int stop, SSL_CTX* tls) : fd_(fd), stop_(stop) {
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  SSL_set_fd(ssl_.get(), fd_);
}

bool PeerSession::begin() {
  if (!ssl_) return true;
  while (true) {
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return true;
    if (wait_for(SSL_get_error(ssl_.get(), result))) continue;
    ssl_.reset();
    shutdown(fd_, SHUT_WR);
    drain();
    return false;
  }
}

bool PeerSession::write(std::string_view text) {
  while (!text.empty()) {
    const long sent = write_some(text);
    if (sent < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> PeerSession::read_request() {
  while (true) {
    if (const auto size = request_size(pending_)) {
      std::string request = pending_.substr(0, *size);
      pending_.erase(0, *size);
      return request;
    }
    if (!read_more()) return std::nullopt;
  }
}

void PeerSession::drain() {
  while (read_more()) pending_.clear();
}

bool PeerSession::read_more() {
  std::array<char, 4096> buffer{};
  while (true) {
    const long got = ssl_ ? SSL_read(ssl_.get(), buffer.data(), buffer.size())
                          : recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
      pending_.append(buffer.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (!may_retry(got, POLLIN)) return false;
  }
}

long PeerSession::write_some(std::string_view text) {
  while (true) {
    const long sent = ssl_ ? SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()))
                           : send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) return sent;
    if (!may_retry(sent, POLLOUT)) return -1;
  }
}

bool PeerSession::may_retry(long result, short events) {
  if (ssl_) return wait_for(SSL_get_error(ssl_.get(), static_cast<int>(result)));
  return result < 0 && (errno == EAGAIN || errno == EINTR) && wait(events);
}

bool PeerSession::wait_for(int ssl_error) {
  if (ssl_error == SSL_ERROR_WANT_READ) return wait(POLLIN);
  return ssl_error == SSL_ERROR_WANT_WRITE && wait(POLLOUT);
}

bool PeerSession::wait(short events) {
  std::array<pollfd, 2> fds{{{fd_, events, 0}, {stop_, POLLIN, 0}}};
  return poll(fds.data(), fds.size(), -1) > 0 && fds[1].revents == 0;
}

}  // namespace forkmend::testing
