// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <vector>

#include "base/result.hpp"
#include "redis/endpoint.hpp"

namespace forkmend::redis {

using SocketAddress = boost::asio::generic::stream_protocol::endpoint;

/// Where to connect to, in order of preference, at most kMaxAddresses. Addresses and "localhost"
/// need no resolver and no thread, so that a host without DNS or free pids can still be healed.
/// Other names: cancelling returns at once, although getaddrinfo itself cannot be cancelled.
/// The static program asks /etc/hosts and DNS, whatever else nsswitch.conf names.
/// Errors: not_found (no such name), busy (too many lookups hang already), invalid, io.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<SocketAddress>>> resolve(Endpoint endpoint);

inline constexpr std::size_t kMaxAddresses = 8;

}  // namespace forkmend::redis
