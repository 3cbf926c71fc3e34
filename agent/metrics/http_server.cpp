// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/http_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <list>
#include <utility>

#include "metrics/http_session.hpp"

namespace forkmend::metrics {

namespace asio = boost::asio;

/// Kept alive by the server and by every coroutine that uses it.
struct HttpServer::State {
  State(const asio::any_io_executor& executor, Page shown, HttpLimits allowed)
      : metrics(std::move(shown)), limits(allowed), changed(executor) {
    changed.expires_at(asio::steady_timer::time_point::max());
  }

  std::unique_ptr<Acceptor> acceptor;
  ListenAddress address;
  Page metrics;
  HttpLimits limits;
  std::list<std::shared_ptr<HttpSession>> sessions;
  asio::steady_timer changed;  ///< never fires; cancelled when a session has ended
  bool closed = false;
};

namespace {

constexpr auto kAcceptTuple = asio::as_tuple(asio::use_awaitable);
/// After accept() failed, most likely for want of descriptors.
constexpr std::chrono::milliseconds kAcceptAgain{500};

}  // namespace

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
  close();
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const asio::any_io_executor& executor,
                                                     const ListenAddress& address, Page metrics,
                                                     HttpLimits limits) {
  auto acceptor = listen_on(executor, address);
  if (!acceptor) return acceptor.error();
  auto state = std::make_shared<State>(executor, std::move(metrics), limits);
  state->acceptor = std::move(*acceptor);
  state->address = address;
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

std::uint16_t HttpServer::port() const {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  const int fd = state_->acceptor->native_handle();
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&name)->sin_port);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&name)->sin6_port);
  return 0;
}

void HttpServer::close() {
  if (std::exchange(state_->closed, true)) return;
  boost::system::error_code ignored;
  state_->acceptor->close(ignored);
  if (state_->address.kind == ListenAddress::Kind::unix_socket) {
    static_cast<void>(unlink(state_->address.host.c_str()));
  }
  for (const auto& session : state_->sessions) session->socket.close(ignored);
  state_->changed.cancel();
}

asio::awaitable<void> HttpServer::run() {
  const auto state = state_;
  const auto executor = state->changed.get_executor();
  asio::steady_timer again(executor);
  while (!state->closed) {
    if (state->sessions.size() >= static_cast<std::size_t>(state->limits.connections)) {
      co_await state->changed.async_wait(kAcceptTuple);
      continue;
    }
    auto [failure, socket] = co_await state->acceptor->async_accept(kAcceptTuple);
    if (state->closed) break;
    if (failure) {
      again.expires_after(kAcceptAgain);
      co_await again.async_wait(kAcceptTuple);
      continue;
    }
    const auto session = std::make_shared<HttpSession>(std::move(socket));
    state->sessions.push_back(session);
    auto work = serve_session(session, state->metrics, state->limits);
    asio::co_spawn(executor, std::move(work), [state, session](const std::exception_ptr& thrown) {
      state->sessions.remove(session);
      state->changed.cancel();
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  while (!state->sessions.empty()) co_await state->changed.async_wait(kAcceptTuple);
}

}  // namespace forkmend::metrics
