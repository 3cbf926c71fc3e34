// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "base/result.hpp"
#include "redis/connection.hpp"

namespace forkmend::engine {

/// A server that evicts must still answer: within this, or the change counts as failed and the
/// steps after it are not begun.
inline constexpr std::chrono::milliseconds kSlowestPing{500};
/// How long one lowering of maxmemory may evict.
inline constexpr std::chrono::seconds kLongestEviction{30};

/// After maxmemory was set: waits until the server is below it, and times its answers meanwhile.
/// Since 6.2 it evicts in slices beside its other work (evict.c:performEvictions()), before that
/// within CONFIG SET. A server that evicts nothing (noeviction, nothing with a TTL) is left as it
/// is. Errors: timeout, with what was slow.
[[nodiscard]] boost::asio::awaitable<Result<void>> watch_eviction(redis::Connection* server);

}  // namespace forkmend::engine
