// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A poll that takes a connection with all that belongs to it: the first one of each, and with TLS
// every one.
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "daemon/agent_loop.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

Result<redis::Persistence> read_poll(std::string_view text) {
  if (auto polled = redis::parse_persistence(text)) return *polled;
  return Error{Errc::parse, "the reply to INFO persistence holds none of its fields; it starts \"" +
                                printable(text.substr(0, 40)) + "\""};
}

namespace {

Result<redis::Persistence> read_poll_reply(const redis::Reply& reply) {
  const auto text = as_text(reply);
  if (!text) return text.error();
  return read_poll(*text);
}

/// Empty for who hides it.
std::string run_id_in(const redis::Reply& reply) {
  const auto text = as_text(reply);
  const auto info = text ? redis::parse_info(*text) : Result<redis::Info>(text.error());
  return info ? info->text("run_id").value_or("") : "";
}

}  // namespace

/// Which life of the server it is (run_id, in section server) is asked once a connection: a
/// connection does not outlive its server.
asio::awaitable<Result<redis::Persistence>> AgentLoop::ask(InstancePtr instance) {
  auto& connection = instance->poll.connection;
  std::vector<redis::Command> commands;
  commands.push_back({"INFO", "persistence"});
  if (!connection) {
    redis::ConnectionOptions options = instance->options;
    auto connected = co_await redis::Connection::connect(std::move(options));
    if (!connected) co_return connected.error();
    connection = std::move(*connected);
    instance->saves = {};
    commands.push_back({"INFO", "server"});
  }
  const auto replies = co_await connection->call_all(std::move(commands));
  if (!replies) {
    connection.reset();
    co_return replies.error();
  }
  if (replies->size() > 1) instance->watch.on_life(run_id_in(replies->back()));
  co_return read_poll_reply(replies->front());
}

asio::awaitable<void> AgentLoop::poll_by_connection(InstancePtr instance) {
  const auto polled = co_await ask(instance);
  if (instance->gone) co_return;
  auto& connection = instance->poll.connection;
  auto socket = polled && connection ? connection->release() : std::nullopt;
  if (socket) {
    instance->poll.socket.emplace(std::move(*socket));
    connection.reset();
  }
  poll_is_over(instance, polled);
}

}  // namespace forkmend::daemon
