// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/discovery.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "host/process.hpp"
#include "host/process_table.hpp"
#include "host/sockets.hpp"
#include "redis/own_address.hpp"
#include "redis/process_path.hpp"
#include "redis/server_process.hpp"

namespace forkmend::redis {

namespace {

using host::ListeningSocket;
using host::ProcessRow;
using Rows = std::map<std::int64_t, ProcessRow>;

/// The listening sockets that a process holds. Errors: as reading its descriptors.
Result<std::vector<ListeningSocket>> sockets_of(const host::Root& root, std::int64_t pid) {
  auto held = host::socket_inodes(root, pid);
  if (!held) return held.error();
  auto listening = host::listening_sockets(root, std::to_string(pid));
  if (!listening) return listening.error();
  std::vector<ListeningSocket> own;
  std::ranges::copy_if(*listening, std::back_inserter(own), [&](const ListeningSocket& socket) {
    return std::ranges::binary_search(*held, socket.inode);
  });
  return own;
}

bool runs_server(const ProcessRow& row) {
  return is_server_executable(executable_of(row)) && !has_other_job(row);
}

/// A saving child before it has set its title, or under a server whose titles are switched off.
bool is_child(const host::Root& root, const Rows& rows, const ProcessRow& row) {
  const auto parent = rows.find(row.parent);
  if (parent == rows.end() || executable_of(parent->second) != executable_of(row)) return false;
  if (!is_server_executable(executable_of(row))) return false;
  const auto sockets = sockets_of(root, row.pid);
  return !sockets || sockets->empty();
}

/// Without rights on its links, a process of our pid namespace is taken for one of our network.
bool in_our_network(const host::Root& root, const ProcessRow& row) {
  const auto ours = root.read_link("/proc/self/ns/net");
  const auto theirs = root.read_link(host::proc_path(row.pid, "ns/net"));
  if (ours && theirs) return *ours == *theirs;
  return row.namespace_pids.size() <= 1;
}

std::optional<Endpoint> unix_endpoint(const host::Root& root, std::int64_t pid,
                                      const std::string& path) {
  if (path.empty() || path.starts_with('@')) return std::nullopt;
  const auto found = path_of_process(root, pid, path);
  if (!found || !root.exists(*found)) return std::nullopt;
  return Endpoint{.transport = Transport::unix_socket, .host = *found, .port = 0};
}

std::optional<Endpoint> endpoint_of(const host::Root& root, std::int64_t pid,
                                    const ListeningSocket& socket) {
  if (socket.family == host::SocketFamily::unix_stream) {
    return unix_endpoint(root, pid, socket.address);
  }
  // A link-local address means nothing without its interface.
  if (socket.address.starts_with("fe80:")) return std::nullopt;
  Endpoint endpoint{.transport = Transport::tcp, .host = socket.address, .port = socket.port};
  if (socket.wildcard()) endpoint.host = is_ipv6(socket.address) ? "::1" : "127.0.0.1";
  return endpoint;
}

std::optional<Endpoint> endpoint_of_title(const host::Root& root, const ProcessRow& row) {
  const TitleAddress title = title_address(row);
  if (title.port == 0) return unix_endpoint(root, row.pid, title.address);
  if (title.address == "*") {
    return Endpoint{.transport = Transport::tcp, .host = "127.0.0.1", .port = title.port};
  }
  const auto address = literal_address(title.address);
  if (!address) return std::nullopt;
  return Endpoint{.transport = Transport::tcp, .host = *address, .port = title.port};
}

int rank(const Endpoint& endpoint) {
  if (endpoint.transport == Transport::unix_socket) return 0;
  return is_loopback(endpoint.host) ? 1 : 2;
}

/// A cluster node's second port, which does not speak RESP.
bool is_cluster_bus(const std::vector<Endpoint>& all, const Endpoint& endpoint) {
  constexpr int kBusDistance = 10000;  // CLUSTER_PORT_INCR of cluster.h
  return std::ranges::any_of(all, [&](const Endpoint& other) {
    return other.transport == Transport::tcp && endpoint.transport == Transport::tcp &&
           other.host == endpoint.host && other.port + kBusDistance == endpoint.port;
  });
}

std::vector<Endpoint> endpoints_of(const host::Root& root, const ProcessRow& row) {
  std::vector<Endpoint> all;
  const auto add = [&all](std::optional<Endpoint> endpoint) {
    if (endpoint && std::ranges::find(all, *endpoint) == all.end()) {
      all.push_back(std::move(*endpoint));
    }
  };
  if (const auto sockets = sockets_of(root, row.pid)) {
    for (const ListeningSocket& socket : *sockets) add(endpoint_of(root, row.pid, socket));
  } else {
    add(endpoint_of_title(root, row));
  }
  std::ranges::sort(all, {}, [](const Endpoint& endpoint) {
    return std::tuple(rank(endpoint), is_ipv6(endpoint.host), endpoint.host, endpoint.port);
  });
  std::vector<Endpoint> useful;
  std::ranges::copy_if(all, std::back_inserter(useful),
                       [&](const Endpoint& endpoint) { return !is_cluster_bus(all, endpoint); });
  return useful;
}

FoundServer server_of(const host::Root& root, const ProcessRow& row) {
  FoundServer server{
      .pid = row.pid,
      .start_time = row.start_time,
      .namespace_pid = row.namespace_pids.empty() ? row.pid : row.namespace_pids.back(),
      .exe = executable_of(row),
      .endpoints = endpoints_of(root, row),
      .own_network_namespace = in_our_network(root, row)};
  if (!server.own_network_namespace) server.network_namespace = host::proc_path(row.pid, "ns/net");
  return server;
}

}  // namespace

Result<std::vector<FoundServer>> find_servers(const host::Root& root) {
  auto table = host::process_table(root);
  if (!table) return table.error().during("looking for servers");
  Rows rows;
  for (const ProcessRow& row : *table) rows.emplace(row.pid, row);
  std::vector<FoundServer> servers;
  for (const auto& [pid, row] : rows) {
    if (runs_server(row) && !is_child(root, rows, row)) servers.push_back(server_of(root, row));
  }
  return servers;
}

}  // namespace forkmend::redis
