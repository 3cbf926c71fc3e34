// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/control_server.hpp"

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "redis/deadline.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

constexpr std::size_t kMostClients = 16;
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kBreath{100};

/// The owner of a spawned coroutine has to know when it failed.
void report_failure(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

using SharedSocket = std::shared_ptr<stream_protocol::socket>;

/// One line without its end. Errors: closed, too_large, io.
asio::awaitable<Result<std::string>> read_line(SharedSocket client,
                                               std::shared_ptr<std::string> buffer) {
  boost::system::error_code failure;
  const std::size_t size =
      co_await asio::async_read_until(*client, asio::dynamic_buffer(*buffer, kMaxControlRequest),
                                      '\n', asio::redirect_error(asio::use_awaitable, failure));
  if (failure == asio::error::not_found) co_return Error{Errc::too_large, "the line is too long"};
  if (failure) co_return Error{Errc::closed, failure.message()};
  std::string line = buffer->substr(0, size - 1);
  buffer->erase(0, size);
  co_return line;
}

asio::awaitable<Result<void>> write_all(SharedSocket client, std::shared_ptr<std::string> text) {
  boost::system::error_code failure;
  co_await asio::async_write(*client, asio::buffer(*text),
                             asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return Error{Errc::closed, failure.message()};
  co_return ok();
}

std::string described(const PeerUser& peer) {
  return "uid " + std::to_string(peer.uid) + ", pid " + std::to_string(peer.pid);
}

}  // namespace

ControlServer::ControlServer(const asio::any_io_executor& executor, ControlSocket socket,
                             ControlHooks hooks)
    : place_(std::move(socket)), acceptor_(executor), hooks_(std::move(hooks)) {
  acceptor_.assign(stream_protocol(), place_.release());
}

Result<std::shared_ptr<ControlServer>> ControlServer::open(const asio::any_io_executor& executor,
                                                           const std::string& path, mode_t mode,
                                                           ControlHooks hooks) {
  auto socket = ControlSocket::listen(path, mode);
  if (!socket) return socket.error().during("opening the control socket");
  return std::shared_ptr<ControlServer>(
      new ControlServer(executor, std::move(*socket), std::move(hooks)));
}

void ControlServer::start() {
  asio::co_spawn(acceptor_.get_executor(), accept_all(shared_from_this()), report_failure);
}

void ControlServer::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& weak : clients_) {
    if (const auto client = weak.lock()) client->close(ignored);
  }
}

asio::awaitable<void> ControlServer::accept_all(std::shared_ptr<ControlServer> self) {
  asio::steady_timer timer(self->acceptor_.get_executor());
  while (self->acceptor_.is_open()) {
    boost::system::error_code failure;
    auto client =
        co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failure));
    if (!self->acceptor_.is_open()) break;  // also for one that came in the same moment
    if (!failure) {
      self->welcome(std::move(client));
      continue;
    }
    // No descriptors left, most likely: without a pause this would take the whole core.
    log::write(log::Level::warning, {}, "control socket: " + failure.message());
    timer.expires_after(kBreath);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
  }
}

void ControlServer::welcome(Socket client) {
  std::erase_if(clients_, [](const auto& weak) { return weak.expired(); });
  if (clients_.size() >= kMostClients) {
    const ControlReply busy{.code = ControlCode::busy, .says = {"too many clients"}, .status = {}};
    boost::system::error_code ignored;
    client.non_blocking(true, ignored);
    client.write_some(asio::buffer(to_line(busy)), ignored);
    return;
  }
  auto shared = std::make_shared<Socket>(std::move(client));
  clients_.emplace_back(shared);
  asio::co_spawn(acceptor_.get_executor(), talk(shared_from_this(), std::move(shared)),
                 report_failure);
}

asio::awaitable<void> ControlServer::talk(std::shared_ptr<ControlServer> self,
                                          std::shared_ptr<Socket> client) {
  const auto peer = peer_of(client->native_handle());
  if (!peer) co_return;
  auto buffer = std::make_shared<std::string>();
  while (client->is_open()) {
    const auto line = co_await redis::within(kPatience, read_line(client, buffer));
    ControlReply reply;
    if (line) {
      reply = self->answer(*peer, *line);
    } else if (line.error().code == Errc::too_large) {
      reply = {.code = ControlCode::invalid, .says = {line.error().message}, .status = {}};
    } else {
      co_return;
    }
    auto text = std::make_shared<std::string>(to_line(reply));
    const auto written = co_await redis::within(kPatience, write_all(client, text));
    if (!written || !line) co_return;
  }
}

ControlReply ControlServer::answer(const PeerUser& peer, const std::string& line) const {
  const auto request = parse_request(line);
  if (!request) {
    return {.code = ControlCode::invalid, .says = {request.error().message}, .status = {}};
  }
  return carry_out(peer, *request);
}

ControlReply ControlServer::carry_out(const PeerUser& peer, const ControlRequest& request) const {
  if (request.command == ControlCommand::status) {
    return {.code = ControlCode::ok, .says = {}, .status = hooks_.status()};
  }
  if (!may_change(peer.uid, geteuid())) {
    log::write(log::Level::warning, {}, "control socket: refused " + described(peer));
    return {
        .code = ControlCode::denied,
        .says = {"uid " + std::to_string(peer.uid) +
                 " may only read the status; expected root or uid " + std::to_string(geteuid())},
        .status = {}};
  }
  if (request.command == ControlCommand::reload) {
    log::write(log::Level::info, {}, "reload asked for by " + described(peer));
    return hooks_.reload();
  }
  log::write(log::Level::warning, {}, request.says + " (" + described(peer) + ")");
  return hooks_.notice(request.says);
}

}  // namespace forkmend::daemon
