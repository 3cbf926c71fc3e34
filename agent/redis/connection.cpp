// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/connection.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "redis/credentials.hpp"
#include "redis/deadline.hpp"
#include "redis/greeting.hpp"
#include "redis/resp.hpp"
#include "redis/stream.hpp"

namespace forkmend::redis {

namespace asio = boost::asio;

class Connection::Impl {
 public:
  Impl(const asio::any_io_executor& executor, ConnectionOptions options)
      : stream_(executor), options_(std::move(options)) {}
  ~Impl() { wipe(options_.credentials); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// Resolve, connect, TLS and greeting: what one deadline covers.
  asio::awaitable<Result<void>> open();
  asio::awaitable<Result<Reply>> call(Command command);
  asio::awaitable<Result<std::vector<Reply>>> call_all(std::vector<Command> commands);
  std::optional<Descriptor> release();

  [[nodiscard]] const ConnectionOptions& options() const { return options_; }
  /// What connect was at, for a deadline that passed.
  [[nodiscard]] std::string_view phase() const { return phase_; }
  [[nodiscard]] std::optional<PeerCredentials> peer() const { return peer_; }
  [[nodiscard]] std::uint16_t local_port() const { return local_port_; }

 private:
  asio::awaitable<Result<void>> connect_any();
  [[nodiscard]] Result<void> explain(Error error) const;
  asio::awaitable<Result<std::vector<Reply>>> exchange(std::string request, std::size_t count);
  asio::awaitable<Result<std::vector<Reply>>> read_replies(std::size_t count);

  Stream stream_;
  ConnectionOptions options_;
  std::string_view phase_ = "looking up the address and opening the connection";
  std::optional<PeerCredentials> peer_;
  std::uint16_t local_port_ = 0;
  bool usable_ = true;
  bool calling_ = false;
};

asio::awaitable<Result<void>> Connection::Impl::connect_any() {
  auto addresses = co_await resolve(options_.endpoint);
  if (!addresses) co_return addresses.error();
  std::optional<Error> first;
  // A silent address must not eat the time of the next one.
  const auto share = options_.deadline / std::max<std::size_t>(addresses->size(), 1);
  for (const SocketAddress& address : *addresses) {
    auto connected = co_await within(share, stream_.connect(address, options_.network_namespace));
    if (connected) co_return connected;
    if (!first) first = connected.error();
    if (connected.error().code == Errc::cancelled) break;
  }
  co_return first.value_or(Error{Errc::not_found, "the name has no address"});
}

/// A server that wants TLS hangs up on a PING in the clear. One that wants our certificate may do
/// so only now: TLS 1.3 has a client finish its handshake before the server has looked at it.
Result<void> Connection::Impl::explain(Error error) const {
  const Transport transport = options_.endpoint.transport;
  if (error.code == Errc::closed && transport == Transport::tls) {
    error.message += "; it may want a TLS certificate of ours (cert_file, key_file)";
  }
  if (error.code == Errc::closed && transport == Transport::tcp) {
    error.message += "; it may want TLS (rediss://)";
  }
  return std::move(error).during("the greeting");
}

asio::awaitable<Result<void>> Connection::Impl::open() {
  auto connected = co_await connect_any();
  if (!connected) co_return connected;
  phase_ = "the TLS handshake; does this port speak TLS?";
  peer_ = stream_.peer_credentials();
  local_port_ = stream_.local_port();
  if (options_.endpoint.transport == Transport::tls) {
    TlsOptions tls;
    if (options_.tls) tls = *options_.tls;
    auto secured = co_await stream_.handshake(std::move(tls), options_.endpoint.host);
    if (!secured) co_return secured;
  }
  phase_ = "waiting for an answer; is this a Redis server, and does it hang?";
  Command words = greeting(options_.credentials);
  auto request = format_command(words);
  for (std::string& word : words) wipe(word);
  if (!request) co_return request.error();
  const auto reply = co_await exchange(std::move(*request), 1);
  const auto verdict =
      reply ? judge_greeting(reply->front(), options_.credentials) : explain(reply.error());
  wipe(options_.credentials);
  co_return verdict;
}

asio::awaitable<Result<std::vector<Reply>>> Connection::Impl::exchange(std::string request,
                                                                       std::size_t count) {
  const auto written = co_await stream_.write(asio::buffer(request));
  wipe(request);
  // A server that refuses us answers and closes before it reads: its answer is worth more than the
  // broken pipe.
  if (!written && written.error().code != Errc::closed) co_return written.error();
  auto replies = co_await read_replies(count);
  if (!written) usable_ = false;
  if (!written && !replies) co_return written.error();
  co_return replies;
}

asio::awaitable<Result<std::vector<Reply>>> Connection::Impl::read_replies(std::size_t count) {
  constexpr std::size_t kBuffer = std::size_t{16} << 10U;
  std::vector<char> buffer(kBuffer);  // of this exchange: thousands of connections are idle
  std::vector<Reply> replies;
  std::string_view rest;
  while (replies.size() < count) {
    ReplyReader reader(options_.max_reply);
    std::optional<Reply> whole;
    while (!whole) {
      if (rest.empty()) {
        const auto got = co_await stream_.read_some(asio::buffer(buffer));
        if (!got) co_return got.error();
        rest = std::string_view(buffer.data(), *got);
      }
      auto reply = reader.feed(rest);
      if (!reply) co_return reply.error();
      whole = std::move(*reply);
    }
    replies.push_back(std::move(*whole));
  }
  if (rest.empty()) co_return replies;
  co_return Error{Errc::protocol, "the peer sent more replies than it was asked for"};
}

asio::awaitable<Result<Reply>> Connection::Impl::call(Command command) {
  std::vector<Command> commands;
  commands.push_back(std::move(command));
  auto replies = co_await call_all(std::move(commands));
  if (!replies) co_return replies.error();
  co_return std::move(replies->front());
}

asio::awaitable<Result<std::vector<Reply>>> Connection::Impl::call_all(
    std::vector<Command> commands) {
  if (commands.empty()) co_return std::vector<Reply>();
  if (calling_) co_return Error{Errc::busy, "another call is running on this connection"};
  if (!usable_) co_return Error{Errc::closed, "the connection is closed"};
  std::string request;
  for (const Command& command : commands) {
    const auto one = format_command(command);
    if (!one) co_return one.error();
    request += *one;
  }
  calling_ = true;
  auto replies = co_await within(options_.deadline, exchange(std::move(request), commands.size()));
  calling_ = false;
  if (!replies) usable_ = false;
  if (!usable_) stream_.close();
  if (replies) co_return replies;
  const std::string& first = commands.front().front();
  co_return replies.error().during(first + " on " + to_string(options_.endpoint));
}

std::optional<Descriptor> Connection::Impl::release() {
  if (calling_ || !usable_) return std::nullopt;
  auto socket = stream_.release();
  usable_ = !socket;
  return socket;
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Connection::~Connection() = default;

asio::awaitable<Result<std::unique_ptr<Connection>>> Connection::connect(
    ConnectionOptions options) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto impl = std::make_unique<Impl>(executor, std::move(options));
  const auto opened = co_await within(impl->options().deadline, impl->open());
  if (!opened) {
    Error error = opened.error();
    if (error.code == Errc::timeout) error = opened.error().during(impl->phase());
    co_return std::move(error).during("connecting to " + to_string(impl->options().endpoint));
  }
  co_return std::unique_ptr<Connection>(new Connection(std::move(impl)));
}

asio::awaitable<Result<Reply>> Connection::call(Command command) {
  return impl_->call(std::move(command));
}

asio::awaitable<Result<std::vector<Reply>>> Connection::call_all(std::vector<Command> commands) {
  return impl_->call_all(std::move(commands));
}

std::optional<Descriptor> Connection::release() {
  return impl_->release();
}

const Endpoint& Connection::endpoint() const {
  return impl_->options().endpoint;
}

std::optional<PeerCredentials> Connection::peer_credentials() const {
  return impl_->peer();
}

std::uint16_t Connection::local_port() const {
  return impl_->local_port();
}

}  // namespace forkmend::redis
