// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/eviction_watch.hpp"

#include <cstdint>
#include <utility>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "engine/save_trigger.hpp"
#include "engine/server_session.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoll{50};
/// Looks without one more evicted key after which nothing is left that may be evicted.
constexpr int kIdleLooks = 4;

asio::awaitable<Result<milliseconds>> time_ping(redis::Connection* server) {
  const auto begin = read_clock().boot;
  redis::Command command(1, "PING");
  // -MISCONF and -OOM are answers, too.
  const auto reply = co_await server->call(std::move(command));
  if (!reply) co_return reply.error();
  co_return std::chrono::duration_cast<milliseconds>(read_clock().boot - begin);
}

struct Look {
  std::int64_t excess = 0;  ///< bytes above maxmemory that count for eviction
  std::int64_t evicted = 0;
};

asio::awaitable<Result<Look>> look(redis::Connection* server) {
  const auto memory = co_await read_info_section(server, "memory");
  if (!memory) co_return memory.error();
  const auto stats = co_await read_info_section(server, "stats");
  if (!stats) co_return stats.error();
  Look seen;
  const std::int64_t limit = memory->integer("maxmemory").value_or(0);
  const std::int64_t used = memory->integer("used_memory").value_or(0) -
                            memory->integer("mem_not_counted_for_evict").value_or(0);
  if (limit > 0 && memory->text("maxmemory_policy") != "noeviction") seen.excess = used - limit;
  seen.evicted = stats->integer("evicted_keys").value_or(0);
  co_return seen;
}

}  // namespace

asio::awaitable<Result<void>> watch_eviction(redis::Connection* server) {
  const auto until = read_clock().boot + kLongestEviction;
  std::int64_t evicted = -1;
  for (int idle = 0; idle < kIdleLooks;) {
    const auto took = co_await time_ping(server);
    if (!took) co_return took.error();
    if (*took > kSlowestPing) {
      co_return Error{Errc::timeout, "PING took " + format_duration(*took) + ", more than " +
                                         format_duration(kSlowestPing)};
    }
    const auto seen = co_await look(server);
    if (!seen) co_return seen.error();
    if (seen->excess <= 0) co_return ok();
    idle = seen->evicted == evicted ? idle + 1 : 0;
    evicted = seen->evicted;
    if (read_clock().boot >= until) {
      co_return Error{Errc::timeout, "it still evicts after " + format_duration(kLongestEviction)};
    }
    co_await pause(kPoll);
  }
  co_return ok();
}

}  // namespace forkmend::engine
