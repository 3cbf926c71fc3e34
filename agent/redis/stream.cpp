// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/stream.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "redis/open_socket.hpp"
#include "redis/tls.hpp"

namespace forkmend::redis {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);

/// How often a full accept queue of a unix socket is tried again: nothing tells when it has room.
constexpr std::chrono::milliseconds kRetry{10};

Error connect_error(int number) {
  Error error = errno_error(number, "connecting");
  if (number == ECONNREFUSED) error.code = Errc::not_found;
  if (number == EACCES) error.message += "; connecting needs write permission on the socket";
  return error;
}

}  // namespace

Stream::Stream(const asio::any_io_executor& executor) : socket_(executor) {}

asio::awaitable<Result<void>> Stream::connect(SocketAddress address,
                                              std::string network_namespace) {
  close();
  const int family = address.protocol().family();
  auto opened = open_stream_socket(family, network_namespace);
  if (!opened) co_return opened.error();
  error_code failure;
  socket_.assign(address.protocol(), opened->get(), failure);
  if (failure) co_return errno_error(failure.value(), "watching a socket");
  (void)opened->release();  // the socket has it now
  if (family == AF_UNIX) co_return co_await connect_unix(std::move(address));
  co_return co_await connect_tcp(std::move(address));
}

asio::awaitable<Result<void>> Stream::connect_tcp(SocketAddress address) {
  const auto [failure] = co_await socket_.async_connect(address, kAwaitTuple);
  if (failure == asio::error::operation_aborted) co_return Error{Errc::cancelled, "connecting"};
  if (failure) co_return connect_error(failure.value());
  co_return ok();
}

/// Not async_connect: while the queue of a hung server is full, connect() on a non-blocking unix
/// socket says EAGAIN, which Asio takes for "in progress" and then for success.
asio::awaitable<Result<void>> Stream::connect_unix(SocketAddress address) {
  asio::steady_timer timer(socket_.get_executor());
  while (::connect(socket_.native_handle(), address.data(),
                   static_cast<socklen_t>(address.size())) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return connect_error(errno);
    timer.expires_after(kRetry);
    const auto [failure] = co_await timer.async_wait(kAwaitTuple);
    if (failure) co_return Error{Errc::cancelled, "connecting"};
  }
  co_return ok();
}

asio::awaitable<Result<void>> Stream::handshake(TlsOptions options, std::string host) {
  auto context = make_tls_context(options);
  if (!context) co_return context.error();
  context_ = std::move(*context);
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *context_);
  if (auto set = expect_server(tls_->native_handle(), options, host); !set) co_return set;
  const auto [failure] =
      co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwaitTuple);
  if (failure) co_return explain(failure).during("the TLS handshake");
  co_return ok();
}

asio::awaitable<Result<std::size_t>> Stream::read_some(asio::mutable_buffer buffer) {
  error_code failure;
  std::size_t got = 0;
  if (tls_) {
    std::tie(failure, got) = co_await tls_->async_read_some(buffer, kAwaitTuple);
  } else {
    std::tie(failure, got) = co_await socket_.async_read_some(buffer, kAwaitTuple);
  }
  if (failure) co_return explain(failure);
  co_return got;
}

asio::awaitable<Result<void>> Stream::write(asio::const_buffer bytes) {
  error_code failure;
  if (tls_) {
    std::tie(failure, std::ignore) = co_await asio::async_write(*tls_, bytes, kAwaitTuple);
  } else {
    std::tie(failure, std::ignore) = co_await asio::async_write(socket_, bytes, kAwaitTuple);
  }
  if (failure) co_return explain(failure);
  co_return ok();
}

Error Stream::explain(const error_code& failure) {
  if (failure == asio::error::operation_aborted) return Error{Errc::cancelled, "it was cancelled"};
  if (failure == asio::error::eof) return Error{Errc::closed, "the server closed the connection"};
  if (failure.category() == boost::system::system_category()) {
    return errno_error(failure.value(), "the connection");
  }
  if (tls_) return explain_tls(failure, tls_->native_handle());
  return Error{Errc::io, failure.message()};
}

void Stream::close() {
  error_code ignored;
  socket_.close(ignored);
  tls_.reset();
  context_.reset();
}

std::optional<Descriptor> Stream::release() {
  if (tls_ || !socket_.is_open()) return std::nullopt;
  error_code failure;
  const int socket = socket_.release(failure);
  if (failure) return std::nullopt;
  return Descriptor(socket);
}

std::optional<PeerCredentials> Stream::peer_credentials() {
  sockaddr_storage name{};
  socklen_t name_size = sizeof name;
  const int fd = socket_.native_handle();
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &name_size) != 0) return std::nullopt;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (name.ss_family != AF_UNIX || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return std::nullopt;
  }
  return PeerCredentials{.pid = peer.pid, .uid = peer.uid};
}

std::uint16_t Stream::local_port() {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (getsockname(socket_.native_handle(), reinterpret_cast<sockaddr*>(&name), &size) != 0)
    return 0;
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&name)->sin_port);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&name)->sin6_port);
  return 0;
}

}  // namespace forkmend::redis
