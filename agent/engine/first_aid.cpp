// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/first_aid.hpp"

#include <string_view>
#include <utility>

#include "engine/server_session.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kGuard = "replica-ignore-disk-write-errors";

bool is_guard(const remediations::Step& step) {
  return step.target.type == remediations::StepType::config && step.target.name == kGuard &&
         step.after == "yes";
}

}  // namespace

std::optional<std::string> harm_of_removal(const remediations::Step& step, const FactSet& now) {
  if (!is_guard(step) || now.text("redis.role") == "master") return std::nullopt;
  for (const std::string_view field : {"rdb_last_bgsave_status", "aof_last_write_status"}) {
    if (now.text("redis." + std::string(field)) != "err") continue;
    return std::string(kGuard) + " stays yes while " + std::string(field) +
           " is err: without it this replica aborts at its next replicated write; `forkmend "
           "rollback` takes it back once a save has worked";
  }
  return std::nullopt;
}

asio::awaitable<std::optional<std::string>> ask_harm_of_removal(
    remediations::Step step, redis::ConnectionOptions connection) {
  if (!is_guard(step)) co_return std::nullopt;
  auto opened = co_await redis::Connection::connect(std::move(connection));
  if (!opened) co_return std::nullopt;
  const auto info = co_await read_info(opened->get());
  if (!info) co_return std::nullopt;
  co_return harm_of_removal(step, redis::info_facts(*info));
}

}  // namespace forkmend::engine
