// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What a server says of itself is a claim; that its socket is held by a process here is the
// kernel's word. Both together make an instance local: the inode of the listening socket leads to a
// process, and that process has, in its own pid namespace, the number that the answer to INFO
// gives.
#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "host/process.hpp"
#include "host/process_table.hpp"
#include "host/sockets.hpp"
#include "redis/discovery.hpp"
#include "redis/own_address.hpp"
#include "redis/server_process.hpp"

namespace forkmend::redis {

namespace {

using host::ListeningSocket;
using host::ProcessRow;

Locality not_local(std::string because) {
  return {.local = false, .pid = 0, .start_time = 0, .because = std::move(because)};
}

std::string described(const ProcessRow& row) {
  const std::string name = row.exe.empty() ? row.comm : executable_of(row);
  return printable(name, 40) + ", process " + std::to_string(row.pid);
}

/// The number by which a process knows itself: the innermost of its chain. Kernels before 4.1 print
/// no chain.
std::int64_t own_number(const ProcessRow& row) {
  return row.namespace_pids.empty() ? row.pid : row.namespace_pids.back();
}

/// The pid has not been given to another process since the row was read.
bool still_there(const host::Root& root, const ProcessRow& row) {
  const auto stat = host::read_stat(root.fresh(), row.pid);
  return stat && stat->start_time == row.start_time;
}

Locality judge(const host::Root& root, const ProcessRow& row, std::int64_t process_id,
               const std::string& link) {
  if (row.exe.empty()) return not_local(link + " " + described(row) + ": executable unreadable");
  if (!is_server_executable(row.exe)) {
    return not_local(link + " " + described(row) + ", which is no server: a proxy?");
  }
  if (own_number(row) != process_id) {
    return not_local(link + " " + described(row) + ", but the server that answers calls itself " +
                     std::to_string(process_id) + ", not " + std::to_string(own_number(row)));
  }
  if (!still_there(root, row))
    return not_local("process " + std::to_string(row.pid) + " has ended");
  return {.local = true,
          .pid = row.pid,
          .start_time = row.start_time,
          .because = link + " " + described(row) + ", which calls itself " +
                     std::to_string(process_id) + " as the server does"};
}

const ProcessRow* find_row(const SharedList<ProcessRow>& rows, std::int64_t pid) {
  const auto row = std::ranges::find(rows, pid, &ProcessRow::pid);
  return row != rows.end() ? &*row : nullptr;
}

Locality prove_unix(const host::Root& root, const Endpoint& endpoint, std::int64_t process_id,
                    std::int64_t peer_pid) {
  if (peer_pid <= 0) return not_local("the kernel names no peer of the unix socket");
  const auto rows = host::process_table(root);
  if (!rows) return not_local(rows.error().message);
  const ProcessRow* row = find_row(*rows, peer_pid);
  if (row == nullptr) {
    return not_local("the peer of the unix socket, process " + std::to_string(peer_pid) +
                     ", is not to be seen");
  }
  return judge(root, *row, process_id,
               "the unix socket " + printable(endpoint.host, 120) + " belongs to");
}

std::vector<std::string> addresses_of(const std::string& host) {
  if (host == "localhost") return {"127.0.0.1", "::1"};
  const auto literal = literal_address(host);
  return literal ? std::vector{*literal} : std::vector<std::string>();
}

/// The sockets that get a connection to address:port. The kernel prefers one bound to the address
/// itself (compute_score of net/ipv4/inet_hashtables.c); "::" takes IPv4 too, behind "0.0.0.0".
std::vector<ListeningSocket> receivers(const SharedList<ListeningSocket>& sockets,
                                       const std::string& address, std::uint16_t port) {
  const bool six = is_ipv6(address);
  const auto score = [&](const ListeningSocket& socket) {
    if (socket.family == host::SocketFamily::unix_stream || socket.port != port) return 0;
    if (socket.address == address) return 3;
    if (!socket.wildcard()) return 0;
    if (is_ipv6(socket.address) == six) return 2;
    return six ? 0 : 1;
  };
  int best = 1;
  for (const ListeningSocket& socket : sockets) best = std::max(best, score(socket));
  std::vector<ListeningSocket> found;
  std::ranges::copy_if(sockets, std::back_inserter(found),
                       [&](const ListeningSocket& socket) { return score(socket) == best; });
  return found;
}

/// Those that listen on what the endpoint names, with a reason when there are none.
struct Listeners {
  std::vector<ListeningSocket> sockets;
  std::string why_none;
};

Listeners listeners_for(const host::Root& root, const Endpoint& endpoint,
                        const std::string& seen_by) {
  const std::string shown = printable(to_string(endpoint), 120);
  const auto addresses = addresses_of(endpoint.host);
  if (addresses.empty()) return {{}, shown + " is a host name: where it leads proves nothing"};
  const auto sockets = host::listening_sockets(root, seen_by);
  if (!sockets) return {{}, sockets.error().message};
  Listeners found{{}, shown + ": nothing on this host listens there"};
  for (const std::string& address : addresses) {
    if (!is_own_address(root, seen_by, address)) {
      found.why_none = shown + " is not an address of this host";
      continue;
    }
    std::ranges::copy(receivers(*sockets, address, endpoint.port),
                      std::back_inserter(found.sockets));
  }
  return found;
}

bool holds_one(const std::vector<std::uint64_t>& inodes,
               const std::vector<ListeningSocket>& sockets) {
  return std::ranges::any_of(sockets, [&](const ListeningSocket& socket) {
    return std::ranges::binary_search(inodes, socket.inode);
  });
}

/// The process to judge, if any can be seen to hold one of the sockets.
struct Holder {
  const ProcessRow* row = nullptr;
  std::size_t unreadable = 0;  ///< processes whose descriptors we may not see
};

/// The servers with the right number first: mostly that is the one, and a look at the descriptors
/// of every process of the host is spared. A child that has not closed the socket yet comes after
/// it.
Holder find_holder(const host::Root& root, const SharedList<ProcessRow>& rows,
                   const std::vector<ListeningSocket>& sockets, std::int64_t process_id) {
  const auto expected = [&](const ProcessRow& row) {
    return is_server_executable(row.exe) && own_number(row) == process_id;
  };
  Holder found;
  for (const bool wanted : {true, false}) {
    for (const ProcessRow& row : rows) {
      if (expected(row) != wanted) continue;
      const auto inodes = host::socket_inodes(root, row.pid);
      if (!inodes && inodes.error().code == Errc::permission_denied) ++found.unreadable;
      if (!inodes || !holds_one(*inodes, sockets)) continue;
      found.row = &row;
      return found;
    }
  }
  return found;
}

Locality prove_tcp(const host::Root& root, const Endpoint& endpoint, std::int64_t process_id,
                   const std::string& seen_by) {
  const Listeners listeners = listeners_for(root, endpoint, seen_by);
  if (listeners.sockets.empty()) return not_local(listeners.why_none);
  const auto rows = host::process_table(root);
  if (!rows) return not_local(rows.error().message);
  const Holder holder = find_holder(root, *rows, listeners.sockets, process_id);
  const std::string shown = printable(to_string(endpoint), 120);
  if (holder.row != nullptr) {
    return judge(root, *holder.row, process_id, "the listening socket of " + shown + " belongs to");
  }
  if (holder.unreadable > 0) {
    return not_local("who holds the listening socket of " + shown +
                     " cannot be seen: the descriptors of " + std::to_string(holder.unreadable) +
                     " processes may not be read; run as root");
  }
  return not_local("no process that we can see holds the listening socket of " + shown);
}

}  // namespace

Locality prove_locality(const host::Root& root, const Endpoint& endpoint,
                        const ServerIdentity& identity, std::int64_t peer_pid) {
  if (!identity.process_id) return not_local("INFO tells no process_id");
  if (endpoint.transport == Transport::unix_socket) {
    return prove_unix(root, endpoint, *identity.process_id, peer_pid);
  }
  return prove_tcp(root, endpoint, *identity.process_id, "self");
}

Locality prove_locality_inside(const host::Root& root, const Endpoint& endpoint,
                               const ServerIdentity& identity, std::int64_t inside) {
  if (!identity.process_id) return not_local("INFO tells no process_id");
  if (endpoint.transport == Transport::unix_socket) {
    return not_local("a unix socket needs no network namespace: ask for its peer");
  }
  return prove_tcp(root, endpoint, *identity.process_id, std::to_string(inside));
}

}  // namespace forkmend::redis
