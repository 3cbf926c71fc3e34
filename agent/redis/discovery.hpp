// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"
#include "redis/endpoint.hpp"
#include "redis/info.hpp"

namespace forkmend::redis {

/// A server process of this host, found in the process table.
struct FoundServer {
  std::int64_t pid = 0;               ///< on this host
  std::uint64_t start_time = 0;       ///< ticks since boot
  std::int64_t namespace_pid = 0;     ///< innermost NSpid
  std::string exe;                    ///< base name: redis-server, valkey-server, keydb-server, ...
  std::vector<Endpoint> endpoints;    ///< listening sockets, best first (unix, loopback, other)
  bool own_network_namespace = true;  ///< listens where we can connect without entering a namespace
  /// What ConnectionOptions::network_namespace has to be: empty for our own, else
  /// "/proc/812/ns/net".
  std::string network_namespace;
};

/// Every server process on this host with its listening sockets, also in other network and pid
/// namespaces. Children (redis-rdb-bgsave ...), sentinels and threads are not servers. Sorted by
/// pid. /proc does not say which port speaks TLS: every TCP endpoint is given as tcp, and whoever
/// connects tries. A wildcard address is given as the loopback address, a unix socket as a path of
/// ours. Where we may not see a server's sockets (not root), its process title has to do. Errors:
/// as reading the process table; see host::hides_processes() for what may be missing in it.
[[nodiscard]] Result<std::vector<FoundServer>> find_servers(const host::Root& root);

/// Whether an endpoint that answered is a process of this host, and how that is known.
struct Locality {
  bool local = false;
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;
  std::string because;  ///< the proof, or why there is none
};

/// Proof for a TCP or TLS endpoint: a socket listening on that address and port, in our network
/// namespace, belongs by inode to a pid whose NSpid chain ends in INFO's process_id and whose
/// executable is a server. A proxy or a foreign address gives no proof, and neither does a host
/// name except "localhost": who resolves it may have got another answer. For a unix socket the
/// kernel names the peer (SO_PEERCRED), of which the same is asked.
[[nodiscard]] Locality prove_locality(const host::Root& root, const Endpoint& endpoint,
                                      const ServerIdentity& identity,
                                      std::int64_t peer_pid /* of a unix socket; 0: none */);

/// The same for a TCP connection that was made from inside the network namespace of the process
/// `inside` (of this host): the socket must listen there.
[[nodiscard]] Locality prove_locality_inside(const host::Root& root, const Endpoint& endpoint,
                                             const ServerIdentity& identity, std::int64_t inside);

}  // namespace forkmend::redis
