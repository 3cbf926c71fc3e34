// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/live_actuator.hpp"
#include "engine/observe.hpp"
#include "host/root.hpp"
#include "redis/connection.hpp"
#include "redis/discovery.hpp"

namespace forkmend::engine {

/// Which servers to look at, and who we are for them.
struct TargetRequest {
  std::vector<redis::ConnectionOptions> named;  ///< empty: every server found on this host
  redis::Credentials credentials;               ///< for those without credentials of their own
  std::chrono::milliseconds deadline{2000};
  std::string state_dir;  ///< where the agent keeps its samples; empty: they are not read
};

/// How to reach a server by the URL under which a change was recorded, with what the request knows:
/// a named one by its own options, any other with the request's credentials.
[[nodiscard]] ConnectionLookup lookup_for(const host::Root& root, const TargetRequest& request);

/// One server: observed, or why not.
struct ServerLook {
  std::string endpoint;
  std::int64_t pid = 0;  ///< when found in the process table
  std::optional<ObservedInstance> instance;
  std::optional<Error> failure;
};

/// One server that the request names. `which` is one of request.named.
[[nodiscard]] boost::asio::awaitable<ServerLook> observe_named(host::Root root,
                                                               redis::ConnectionOptions which,
                                                               TargetRequest request);

/// One server that was found in the process table; see observe_targets().
[[nodiscard]] boost::asio::awaitable<ServerLook> observe_found(host::Root root,
                                                               redis::FoundServer server,
                                                               TargetRequest request);

/// Looks at each server, some side by side; the answer has their order. A found server is tried on
/// each of its sockets; one that wants a password and got none is tried with that of its own
/// configuration file, when we are root.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<ServerLook>>> observe_targets(
    host::Root root, TargetRequest request);

}  // namespace forkmend::engine
