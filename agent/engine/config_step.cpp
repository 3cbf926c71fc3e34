// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/eviction_watch.hpp"
#include "engine/server_session.hpp"
#include "engine/step_access.hpp"
#include "engine/step_connection.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kMaxmemory = "maxmemory";

/// Passwords must never reach the journal, and where a server writes its files is not ours to move:
/// a changed dir is the mark of an intrusion.
constexpr std::array<std::string_view, 8> kNeverChanged = {
    "requirepass", "masterauth", "primaryauth", "tls-key-file-pass", "tls-client-key-file-pass",
    "dir",         "dbfilename", "logfile"};

Result<void> check_name(const std::string& name) {
  const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain) return Error{Errc::invalid, printable(name) + " is not the name of a parameter"};
  if (std::ranges::find(kNeverChanged, name) == kNeverChanged.end()) return ok();
  return Error{Errc::invalid, name + " is a parameter that is never changed"};
}

asio::awaitable<Result<ConnectionPtr>> connect_to(redis::ConnectionOptions options,
                                                  remediations::Target target) {
  const auto named = check_name(target.name);
  if (!named) co_return named.error();
  co_return co_await connect_to_run(std::move(options), std::move(target.run_id));
}

/// A limit that was planned for a server with room below it must not evict keys, nor get writes
/// refused, of one that has grown since. Raising is always allowed.
asio::awaitable<Result<void>> check_room(redis::Connection* server, std::int64_t limit) {
  const auto memory = co_await read_info_section(server, "memory");
  if (!memory) co_return memory.error().during("looking at what is used");
  const auto used = memory->integer("used_memory");
  if (!used) co_return Error{Errc::unsupported, "the server does not tell how much it uses"};
  const std::int64_t counted = *used - memory->integer("mem_not_counted_for_evict").value_or(0);
  const std::int64_t now = memory->integer("maxmemory").value_or(0);
  const bool lowers = limit > 0 && (now == 0 || limit < now);
  if (!lowers || counted <= limit) co_return ok();
  co_return Error{Errc::changed, "the server uses " + format_size(counted) + " by now, more than " +
                                     format_size(limit) +
                                     ": keys would have to go, which was not planned"};
}

}  // namespace

asio::awaitable<Result<StepValue>> read_config_step(redis::ConnectionOptions options,
                                                    remediations::Target target) {
  const auto server = co_await connect_to(std::move(options), target);
  if (!server) co_return server.error();
  redis::Command command = {"CONFIG", "GET", target.name};
  const auto reply = co_await (*server)->call(std::move(command));
  if (!reply) co_return reply.error();
  const auto pairs = redis::as_pairs(*reply);
  if (!pairs) co_return pairs.error().during("asking for CONFIG GET " + target.name);
  // 6.0 and newer answer with the old alias (slave-...), too.
  for (const auto& [name, value] : *pairs) {
    if (name == target.name) co_return StepValue(value);
  }
  co_return StepValue();
}

asio::awaitable<Result<void>> write_config_step(redis::ConnectionOptions options,
                                                remediations::Target target, std::string value) {
  const auto server = co_await connect_to(std::move(options), target);
  if (!server) co_return server.error();
  if (target.name == kMaxmemory && !target.may_evict) {
    const auto room = co_await check_room(server->get(), parse_integer(value).value_or(0));
    if (!room) co_return room.error();
  }
  const std::string line = "CONFIG SET " + target.name + " " + printable(value);
  redis::Command command = {"CONFIG", "SET", target.name, std::move(value)};
  const auto reply = co_await (*server)->call(std::move(command));
  if (!reply) co_return reply.error().during(line);
  const auto answer = redis::as_text(*reply);
  if (!answer) co_return answer.error().during(line);
  if (target.name != kMaxmemory) co_return ok();
  auto evicted = co_await watch_eviction(server->get());
  if (!evicted) co_return evicted.error().during("watching the server after " + line);
  co_return ok();
}

}  // namespace forkmend::engine
