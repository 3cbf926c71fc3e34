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
  std::vector<redis::ConnectionOptions> named;  ///< empty: known ones and those found here
  /// How to reach some servers, whether they would be found on this host or not.
  std::vector<redis::ConnectionOptions> known;
  bool discover = true;            ///< whether servers are looked for on this host
  redis::Credentials credentials;  ///< for those without a password of their own
  std::chrono::milliseconds deadline{2000};
  std::string state_dir;  ///< where the agent keeps its samples; empty: they are not read
};

/// How to reach a server by the URL under which a change was recorded, with what the request knows:
/// a named or known one by its own options, any other with the request's credentials.
[[nodiscard]] ConnectionLookup lookup_for(const host::Root& root, const TargetRequest& request);

/// One server: observed, or why not.
struct ServerLook {
  std::string endpoint;
  std::int64_t pid = 0;  ///< when found in the process table
  std::optional<ObservedInstance> instance;
  std::optional<Error> failure;
};

/// One server that the request names. `which` is one of request.named or
/// request.known.
[[nodiscard]] boost::asio::awaitable<ServerLook> observe_named(host::Root root,
                                                               redis::ConnectionOptions which,
                                                               TargetRequest request);

/// One server that was found in the process table; see observe_targets().
[[nodiscard]] boost::asio::awaitable<ServerLook> observe_found(host::Root root,
                                                               redis::FoundServer server,
                                                               TargetRequest request);

/// Whether a server that was found is one of request.known by where it listens, with TLS or
/// without: it is to be reached as it is known there, and not to be told twice.
[[nodiscard]] bool is_known_place(const redis::FoundServer& found, const TargetRequest& request);

/// Looks at each server, some side by side; the answer has their order: the named ones, or else the
/// known ones and then those that are found and were not among them. A found server is tried on
/// each of its sockets; one that wants a password and got none is tried with that of its own
/// configuration file, when we are root.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<ServerLook>>> observe_targets(
    host::Root root, TargetRequest request);

}  // namespace forkmend::engine
