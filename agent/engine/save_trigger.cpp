// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/save_trigger.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/text.hpp"
#include "engine/server_session.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TriggerAnswer classify_error(const redis::ServerError& error) {
  if (error.code == "LOADING" || error.code == "BUSY" || error.code == "MASTERDOWN") {
    return TriggerAnswer::not_now;
  }
  if (error.code == "NOPERM" || contains(error.text, "unknown command")) {
    return TriggerAnswer::not_allowed;
  }
  if (contains(error.text, "already in progress") ||
      contains(error.text, "child process is active") ||
      contains(error.text, "AOF log rewriting in progress")) {
    return TriggerAnswer::other_child;
  }
  const bool bare = error.code == "ERR" && trim(error.text).empty();
  if (bare || contains(error.text, "Can't execute an AOF background rewriting")) {
    return TriggerAnswer::fork_refused;
  }
  return TriggerAnswer::other;
}

}  // namespace

TriggerAnswer classify_trigger(const redis::Reply& reply) {
  if (const redis::ServerError* error = reply.error()) return classify_error(*error);
  const auto text = redis::as_text(reply);
  if (!text) return TriggerAnswer::other;
  return contains(*text, "scheduled") ? TriggerAnswer::scheduled : TriggerAnswer::started;
}

asio::awaitable<Result<redis::Reply>> ServerLink::call(redis::Command command) {
  if (connection_ == nullptr) {
    auto opened = co_await redis::Connection::connect(options_);
    if (!opened) co_return opened.error();
    connection_ = std::move(*opened);
  }
  auto reply = co_await connection_->call(std::move(command));
  if (!reply) connection_.reset();
  co_return reply;
}

asio::awaitable<Result<redis::Info>> ServerLink::info(std::string section) {
  redis::Command command{"INFO", std::move(section)};
  auto reply = co_await call(std::move(command));
  if (!reply) co_return reply.error();
  const auto text = redis::as_text(*reply);
  if (!text) co_return text.error();
  co_return redis::parse_info(*text);
}

asio::awaitable<Trigger> trigger_save(ServerLink* link, SaveKind kind) {
  const std::string name(command_of(kind));
  Trigger trigger;
  trigger.asked = read_clock().wall;
  redis::Command command{name};
  const auto reply = co_await link->call(std::move(command));
  if (!reply) {
    // The server may be in the middle of a long fork: whether it has saved is seen by waiting.
    if (reply.error().code == Errc::timeout) trigger.answer = TriggerAnswer::started;
    trigger.says = "no answer to " + name + ": " + reply.error().message;
    co_return trigger;
  }
  trigger.answer = classify_trigger(*reply);
  const auto text = redis::as_text(*reply);
  trigger.says = name + ": " + (text ? printable(*text, 200) : text.error().message);
  if (trigger.answer == TriggerAnswer::fork_refused) {
    trigger.says += " (the fork failed; the server's log says why)";
  }
  co_return trigger;
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace forkmend::engine
