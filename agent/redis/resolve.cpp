// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/resolve.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <nss.h>
#include <sys/eventfd.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/descriptor.hpp"

namespace forkmend::redis {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kMaxHangingLookups = 4;

std::atomic<int>& running_lookups() {
  static std::atomic<int> count{0};
  return count;
}

/// Shared by the coroutine that waits and the thread that may outlive it, which touches nothing
/// else: no executor, no socket of ours.
struct Lookup {
  std::string host;
  std::string service;
  Descriptor done{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mutex;
  Result<std::vector<SocketAddress>> found = Error{Errc::io, "the lookup did not end"};
};

/// /etc/hosts and DNS are part of glibc. Every other source that nsswitch.conf may name (mdns4,
/// resolve, sss) is a shared library of this host, made for this host's C library: in a static
/// program, which brings its own, loading one may crash it.
void keep_to_builtin_sources() {
#ifdef FORKMEND_STATIC
  static const int configured = __nss_configure_lookup("hosts", "files dns");
  (void)configured;
#endif
}

Result<std::vector<SocketAddress>> look_up(const std::string& host, const std::string& service) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* first = nullptr;
  keep_to_builtin_sources();
  const int failure = getaddrinfo(host.c_str(), service.c_str(), &hints, &first);
  if (failure == EAI_SYSTEM) return errno_error(errno, "looking up " + host);
  if (failure != 0) {
    return Error{Errc::not_found, "looking up " + host + ": " + gai_strerror(failure)};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(first, freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* at = first; at != nullptr; at = at->ai_next) {
    addresses.emplace_back(at->ai_addr, at->ai_addrlen, at->ai_protocol);
    if (addresses.size() == kMaxAddresses) break;
  }
  return addresses;
}

void run_lookup(const std::shared_ptr<Lookup>& lookup) {
  auto found = look_up(lookup->host, lookup->service);
  {
    const std::lock_guard lock(lookup->mutex);
    lookup->found = std::move(found);
  }
  --running_lookups();
  (void)eventfd_write(lookup->done.get(), 1);
}

Result<void> start_lookup(const std::shared_ptr<Lookup>& lookup) {
  if (!lookup->done.is_open()) return errno_error(errno, "looking up " + lookup->host);
  if (++running_lookups() > kMaxHangingLookups) {
    --running_lookups();
    return Error{Errc::busy, "looking up " + lookup->host + ": earlier lookups still hang"};
  }
  try {
    std::thread(run_lookup, lookup).detach();
  } catch (const std::system_error& failure) {
    --running_lookups();
    return errno_error(failure.code().value(), "starting a thread to look up " + lookup->host);
  }
  return ok();
}

asio::awaitable<Result<std::vector<SocketAddress>>> resolve_name(Endpoint endpoint) {
  auto lookup = std::make_shared<Lookup>();
  lookup->host = endpoint.host;
  lookup->service = std::to_string(endpoint.port);
  if (auto started = start_lookup(lookup); !started) co_return started.error();
  const int waited_on = fcntl(lookup->done.get(), F_DUPFD_CLOEXEC, 0);
  if (waited_on < 0) co_return errno_error(errno, "looking up " + endpoint.host);
  asio::posix::stream_descriptor done(co_await asio::this_coro::executor, waited_on);
  const auto [failure] = co_await done.async_wait(asio::posix::descriptor_base::wait_read,
                                                  asio::as_tuple(asio::use_awaitable));
  if (failure) co_return Error{Errc::cancelled, "looking up " + endpoint.host};
  const std::lock_guard lock(lookup->mutex);
  co_return std::move(lookup->found);
}

/// RFC 6761: "localhost" is loopback whatever a resolver says.
std::vector<SocketAddress> without_resolver(const Endpoint& endpoint) {
  if (endpoint.host == "localhost") {
    return {tcp::endpoint(asio::ip::address_v4::loopback(), endpoint.port),
            tcp::endpoint(asio::ip::address_v6::loopback(), endpoint.port)};
  }
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(endpoint.host, no_address);
  if (no_address) return {};
  return {tcp::endpoint(address, endpoint.port)};
}

}  // namespace

asio::awaitable<Result<std::vector<SocketAddress>>> resolve(Endpoint endpoint) {
  if (endpoint.transport == Transport::unix_socket) {
    if (endpoint.host.empty() || endpoint.host.size() >= sizeof(sockaddr_un::sun_path)) {
      co_return Error{Errc::invalid, "the path of a unix socket has 1 to 107 bytes"};
    }
    co_return std::vector<SocketAddress>{asio::local::stream_protocol::endpoint(endpoint.host)};
  }
  auto addresses = without_resolver(endpoint);
  if (!addresses.empty()) co_return addresses;
  co_return co_await resolve_name(std::move(endpoint));
}

}  // namespace forkmend::redis
