// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/http_client.hpp"

#include <array>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>
#include <utility>

#include "base/text.hpp"
#include "redis/resolve.hpp"
#include "redis/stream.hpp"

namespace forkmend::notify {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using ReplyParser = http::response_parser<http::string_body>;

std::string request_text(const HttpUrl& url, std::string body) {
  http::request<http::string_body> request(http::verb::post, url.target, 11);
  request.set(http::field::host, url.authority);
  request.set(http::field::user_agent, "forkmend");
  request.set(http::field::content_type, "application/json");
  request.keep_alive(false);
  request.body() = std::move(body);
  request.prepare_payload();
  std::ostringstream text;
  text << request;
  return std::move(text).str();
}

asio::awaitable<Result<void>> connect_stream(redis::Stream* stream, HttpUrl url,
                                             std::string ca_file) {
  const auto addresses = co_await redis::resolve(url.endpoint);
  if (!addresses) co_return addresses.error();
  Result<void> connected = Error{Errc::not_found, "no address of " + url.endpoint.host};
  for (const redis::SocketAddress& address : *addresses) {
    std::string own_namespace;
    connected = co_await stream->connect(address, std::move(own_namespace));
    if (connected || connected.error().code == Errc::cancelled) break;
  }
  if (!connected || url.endpoint.transport != redis::Transport::tls) co_return connected;
  redis::TlsOptions tls;
  tls.ca_file = std::move(ca_file);
  co_return co_await stream->handshake(std::move(tls), url.endpoint.host);
}

/// Hands the parser what has come so far and takes it off. The body, which nobody needs whole, may
/// end early: by its size or by the end of the connection.
Result<void> feed(ReplyParser& parser, std::string& pending) {
  while (!pending.empty() && !parser.is_done()) {
    error_code failure;
    const std::size_t used = parser.put(asio::buffer(pending), failure);
    pending.erase(0, used);
    if (failure == http::error::need_more) return ok();
    if (failure && parser.is_header_done()) return Error{Errc::too_large, failure.message()};
    if (failure) return Error{Errc::protocol, "no HTTP: " + failure.message()};
    if (used == 0) return ok();
  }
  return ok();
}

HttpReply reply_of(const ReplyParser& parser) {
  return {parser.get().result_int(), parser.get().body().substr(0, kMaxReplyBody)};
}

asio::awaitable<Result<HttpReply>> read_reply(redis::Stream* stream) {
  ReplyParser parser;
  parser.header_limit(16384);
  parser.body_limit(kMaxReplyBody);
  std::string pending;
  std::array<char, 4096> bytes{};
  while (!parser.is_done()) {
    const auto got = co_await stream->read_some(asio::buffer(bytes));
    if (!got && parser.is_header_done()) break;
    if (!got) co_return got.error();
    pending.append(bytes.data(), *got);
    const auto fed = feed(parser, pending);
    if (!fed && fed.error().code == Errc::protocol) co_return fed.error();
    if (!fed) break;
  }
  co_return reply_of(parser);
}

}  // namespace

asio::awaitable<Result<HttpReply>> http_post(HttpUrl url, std::string ca_file, std::string body) {
  redis::Stream stream(co_await asio::this_coro::executor);
  const std::string request = request_text(url, std::move(body));
  const auto connected = co_await connect_stream(&stream, url, std::move(ca_file));
  if (!connected) co_return connected.error();
  const auto written = co_await stream.write(asio::buffer(request));
  // Who refuses early has often answered already, and hung up on what we still had to say.
  auto reply = co_await read_reply(&stream);
  if (!reply && !written) co_return written.error();
  co_return reply;
}

}  // namespace forkmend::notify
