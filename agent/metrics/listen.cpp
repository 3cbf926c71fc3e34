// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/listen.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"

namespace forkmend::metrics {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using SocketEndpoint = asio::generic::stream_protocol::endpoint;

constexpr int kBacklog = 32;

Error bad_listen(std::string_view text) {
  return Error{Errc::invalid, "metrics listen \"" + printable(text, 120) +
                                  "\": expected ADDRESS:PORT (127.0.0.1:9911, [::1]:9911), "
                                  "unix:/PATH or off"};
}

Result<ListenAddress> parse_path(std::string_view text) {
  const std::string_view path = text.substr(std::string_view("unix:").size());
  const bool fits = path.size() > 1 && path.size() < sizeof(sockaddr_un::sun_path);
  if (!path.starts_with('/') || !fits || path.find('\0') != std::string_view::npos) {
    return bad_listen(text);
  }
  return ListenAddress{ListenAddress::Kind::unix_socket, std::string(path), 0};
}

std::string name_of(const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::unix_socket) return "unix:" + address.host;
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Error listen_error(const error_code& failure, const ListenAddress& address) {
  Error error = errno_error(failure.value(), "listening for metrics on " + name_of(address));
  if (failure.value() == EADDRINUSE) {
    error.code = Errc::busy;
    error.message += "; another program, or another agent, listens there: see [metrics] listen";
  }
  return error;
}

/// Errors: busy when somebody answers on that socket; invalid when it is something else.
Result<void> clear_socket_file(const ListenAddress& address) {
  struct stat status{};
  if (lstat(address.host.c_str(), &status) != 0) return ok();
  if (!S_ISSOCK(status.st_mode)) {
    return Error{Errc::invalid, "listening for metrics on " + name_of(address) +
                                    ": it is there and is no socket; nothing is removed"};
  }
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.is_open()) return errno_error(errno, "making a socket");
  const SocketEndpoint endpoint = asio::local::stream_protocol::endpoint(address.host);
  const int failure =
      connect(probe.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  if (failure == 0 || errno != ECONNREFUSED) {
    return listen_error(error_code(EADDRINUSE, boost::system::system_category()), address);
  }
  if (unlink(address.host.c_str()) == 0) return ok();
  return errno_error(errno, "removing the dead socket " + address.host);
}

Result<void> prepare_place(const ListenAddress& address) {
  error_code no_address;
  if (address.kind == ListenAddress::Kind::tcp) {
    asio::ip::make_address(address.host, no_address);
    return no_address ? Result<void>(bad_listen(name_of(address))) : ok();
  }
  std::error_code failure;
  std::filesystem::create_directories(std::filesystem::path(address.host).parent_path(), failure);
  if (failure) {
    return errno_error(failure.value(), "making the directory of " + name_of(address));
  }
  return clear_socket_file(address);
}

/// Of an address that was checked.
SocketEndpoint endpoint_of(const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::unix_socket) {
    return asio::local::stream_protocol::endpoint(address.host);
  }
  return asio::ip::tcp::endpoint(asio::ip::make_address(address.host), address.port);
}

/// A socket of the file system has its mode from the moment it is there: to set it by name would be
/// to follow whatever has the name by then.
void bind_for_group(Acceptor& acceptor, const SocketEndpoint& endpoint, error_code& failure) {
  constexpr mode_t kNotForOthers = 0117;
  const mode_t before = umask(kNotForOthers);
  acceptor.bind(endpoint, failure);
  umask(before);
}

Result<void> bind_and_listen(Acceptor& acceptor, const SocketEndpoint& endpoint,
                             const ListenAddress& address) {
  error_code failure;
  acceptor.open(endpoint.protocol(), failure);
  if (failure) return listen_error(failure, address);
  const bool is_unix = address.kind == ListenAddress::Kind::unix_socket;
  if (!is_unix) acceptor.set_option(asio::socket_base::reuse_address(true), failure);
  if (!failure) bind_for_group(acceptor, endpoint, failure);
  if (failure) return listen_error(failure, address);
  acceptor.listen(kBacklog, failure);
  if (failure) return listen_error(failure, address);
  return ok();
}

}  // namespace

Result<ListenAddress> parse_listen(std::string_view text) {
  if (text == "off") return ListenAddress{};
  if (text.starts_with("unix:")) return parse_path(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_listen(text);
  std::string_view host = text.substr(0, colon);
  const auto port = parse_integer(text.substr(colon + 1));
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) return bad_listen(text);
  error_code no_address;
  asio::ip::make_address(std::string(host), no_address);
  if (no_address || !port || *port < 0 || *port > 65535) return bad_listen(text);
  return ListenAddress{ListenAddress::Kind::tcp, std::string(host),
                       static_cast<std::uint16_t>(*port)};
}

Result<std::unique_ptr<Acceptor>> listen_on(const asio::any_io_executor& executor,
                                            const ListenAddress& address) {
  if (auto prepared = prepare_place(address); !prepared) return prepared.error();
  auto acceptor = std::make_unique<Acceptor>(executor);
  auto bound = bind_and_listen(*acceptor, endpoint_of(address), address);
  if (!bound) return bound.error();
  return acceptor;
}

}  // namespace forkmend::metrics
