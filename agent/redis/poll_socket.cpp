// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/poll_socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.hpp"
#include "redis/resp.hpp"

namespace forkmend::redis {

namespace {

constexpr std::string_view kRequest = "*2\r\n$4\r\nINFO\r\n$11\r\npersistence\r\n";

Error socket_error(int number) {
  Error error = errno_error(number, "the connection");
  if (number == ECONNRESET || number == EPIPE) error.code = Errc::closed;
  return error;
}

/// The text of a bulk reply that is all there and nothing else, the one answer that is expected.
std::optional<std::string_view> whole_bulk(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n");
  if (!bytes.starts_with('$') || end == std::string_view::npos) return std::nullopt;
  const auto size = parse_integer(bytes.substr(1, end - 1));
  if (!size || *size < 0) return std::nullopt;
  const std::string_view rest = bytes.substr(end + 2);
  const auto length = static_cast<std::size_t>(*size);
  if (rest.size() < 2 || rest.size() - 2 != length || !rest.ends_with("\r\n")) return std::nullopt;
  return rest.substr(0, length);
}

/// Any other answer, with the scanner's bounds: mostly an error reply, or not all of it.
Result<std::optional<std::string>> other_answer(std::string_view bytes) {
  ReplyReader reader(PollSocket::kMostAnswer);
  auto reply = reader.feed(bytes);
  if (!reply) return reply.error();
  if (!*reply) return std::optional<std::string>();
  if (!bytes.empty()) {
    return Error{Errc::protocol, "the peer sent more replies than it was asked for"};
  }
  auto text = as_text(**reply);
  if (!text) return text.error();
  return std::optional(std::move(*text));
}

}  // namespace

Result<void> PollSocket::ask() {
  part_.clear();
  const ssize_t sent = send(socket_.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(kRequest.size())) return ok();
  if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return socket_error(errno);
  return Error{Errc::busy, "the server does not read what it is sent"};
}

Result<std::optional<std::string_view>> PollSocket::collect(std::span<char> buffer) {
  const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got > 0) return take(buffer, static_cast<std::size_t>(got));
  if (got == 0) return Error{Errc::closed, "the server closed the connection"};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    return std::optional<std::string_view>();
  }
  return socket_error(errno);
}

Result<std::optional<std::string_view>> PollSocket::take(std::span<char> buffer, std::size_t size) {
  std::string_view bytes(buffer.data(), size);
  if (!part_.empty()) {
    part_.append(bytes);
    if (part_.size() > buffer.size()) {
      return Error{Errc::too_large,
                   "the reply is refused: bytes over " + std::to_string(buffer.size())};
    }
    std::ranges::copy(part_, buffer.begin());
    bytes = {buffer.data(), part_.size()};
    part_ = std::string();
  }
  if (const auto text = whole_bulk(bytes)) return text;
  auto other = other_answer(bytes);
  if (!other) return other.error();
  if (!*other) {
    part_ = bytes;
    return std::optional<std::string_view>();
  }
  std::ranges::copy(**other, buffer.begin());  // shorter than it was with its frame
  return std::optional(std::string_view(buffer.data(), (*other)->size()));
}

}  // namespace forkmend::redis
