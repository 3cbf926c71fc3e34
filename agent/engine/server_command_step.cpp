// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "engine/step_access.hpp"
#include "engine/step_connection.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

/// Nothing that a server could not do by itself, and nothing that leaves a setting behind.
constexpr auto kCommands = std::to_array<std::string_view>({"BGSAVE CANCEL", "MEMORY PURGE"});

Result<void> check_command(const std::string& name) {
  if (std::ranges::find(kCommands, name) != kCommands.end()) return ok();
  return Error{Errc::invalid, printable(name) + " is not a command that is ever sent"};
}

}  // namespace

Result<StepValue> read_server_command(const remediations::Target& target) {
  const auto known = check_command(target.name);
  if (!known) return known.error();
  return StepValue();
}

asio::awaitable<Result<void>> run_server_command(redis::ConnectionOptions options,
                                                 remediations::Target target) {
  const auto known = check_command(target.name);
  if (!known) co_return known.error();
  const auto server = co_await connect_to_run(std::move(options), target.run_id);
  if (!server) co_return server.error();
  redis::Command command;
  for (const std::string_view word : split_blanks(std::string_view(target.name))) {
    command.emplace_back(word);
  }
  const auto reply = co_await (*server)->call(std::move(command));
  if (!reply) co_return reply.error().during(target.name);
  const auto answer = redis::as_text(*reply);
  if (!answer) co_return answer.error().during(target.name);
  co_return ok();
}

}  // namespace forkmend::engine
