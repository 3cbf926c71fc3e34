// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/step_connection.hpp"

#include <utility>

#include "base/text.hpp"
#include "engine/server_session.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

asio::awaitable<Result<void>> check_run_id(redis::Connection* server, std::string expected) {
  const auto info = co_await read_info_section(server, "server");
  if (!info) co_return info.error().during("asking for INFO server");
  const std::string run_id = redis::identify(*info).run_id;
  if (run_id == expected) co_return ok();
  co_return Error{Errc::changed, to_string(server->endpoint()) +
                                     " was started anew: its run id is " + printable(run_id) +
                                     ", not " + printable(expected)};
}

}  // namespace

asio::awaitable<Result<ConnectionPtr>> connect_to_run(redis::ConnectionOptions options,
                                                      std::string run_id) {
  auto server = co_await redis::Connection::connect(std::move(options));
  if (!server) co_return server.error();
  const auto same = co_await check_run_id(server->get(), std::move(run_id));
  if (!same) co_return same.error();
  co_return server;
}

}  // namespace forkmend::engine
