// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/first_aid.hpp"

#include <string_view>
#include <utility>

#include "engine/server_session.hpp"
#include "engine/write_guard.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kGuard = "replica-ignore-disk-write-errors";
constexpr std::string_view kStopWrites = "stop-writes-on-bgsave-error";
constexpr std::string_view kRewriteGrowth = "auto-aof-rewrite-percentage";

bool is_guard(const remediations::Step& step) {
  return step.target.type == remediations::StepType::config && step.target.name == kGuard &&
         step.after == "yes";
}

/// aof.c:rewriteAppendOnlyFileBackground() of 7.0+ makes the INCR file before it forks.
bool is_pause(const remediations::Step& step) {
  return step.target.type == remediations::StepType::config && step.target.name == kRewriteGrowth &&
         step.after == "0";
}

bool is_bridge(const remediations::Step& step) {
  return step.target.type == remediations::StepType::config && step.target.name == kStopWrites &&
         step.after == "no";
}

std::optional<std::string> harm_to_aof(const FactSet& now) {
  if (now.text("redis.aof_last_bgrewrite_status") != "err") return std::nullopt;
  return std::string(kRewriteGrowth) +
         " stays 0 while aof_last_bgrewrite_status is err: each refused fork of a rewrite would "
         "leave an empty INCR file; `forkmend rollback` takes it back once a rewrite has worked";
}

std::optional<std::string> harm_to_replica(const remediations::Step& step, const FactSet& now) {
  if (now.text("redis.role") == "master") return std::nullopt;
  for (const std::string_view field : {"rdb_last_bgsave_status", "aof_last_write_status"}) {
    if (now.text("redis." + std::string(field)) != "err") continue;
    return step.target.name + " stays " + step.after.value_or("") + " while " + std::string(field) +
           " is err: without it this replica aborts at its next replicated write; `forkmend "
           "rollback` takes it back once a save has worked";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> harm_of_removal(const remediations::Step& step, const FactSet& now) {
  if (is_pause(step)) return harm_to_aof(now);
  if (!is_guard(step) && !is_bridge(step)) return std::nullopt;
  auto harm = harm_to_replica(step, now);
  return harm || !is_write_guard(step) ? harm : harm_to_writes(now);
}

asio::awaitable<std::optional<std::string>> ask_harm_of_removal(remediations::Step step,
                                                                redis::ConnectionOptions connection,
                                                                ForksWork forks) {
  const bool goes_with_a_proof = is_pause(step) || is_write_guard(step);
  if (goes_with_a_proof && forks == ForksWork::proven) co_return std::nullopt;
  if (!goes_with_a_proof && !is_guard(step) && !is_bridge(step)) co_return std::nullopt;
  auto opened = co_await redis::Connection::connect(std::move(connection));
  if (!opened) co_return std::nullopt;
  const auto info = co_await read_info(opened->get());
  if (!info) co_return std::nullopt;
  FactSet now = redis::info_facts(*info);
  if (is_write_guard(step)) {
    const auto answers = co_await read_config(opened->get());
    now.merge(config_facts(answers));
  }
  co_return harm_of_removal(step, now);
}

asio::awaitable<std::optional<std::string>> ask_harm_of_undoing(remediations::Step step,
                                                                ConnectionLookup connections) {
  auto options = connections ? connections(step.target) : std::nullopt;
  if (!options) co_return std::nullopt;
  co_return co_await ask_harm_of_removal(std::move(step), *std::move(options),
                                         ForksWork::not_proven);
}

}  // namespace forkmend::engine
