// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "agent/notify/http_peer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <utility>

namespace forkmend::testing {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

HttpPeer::HttpPeer(std::vector<unsigned> statuses, OpenSslPtr<SSL_CTX> tls)
    : statuses_(std::move(statuses)), acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
  if (tls) tls_ = std::make_unique<asio::ssl::context>(tls.release());
  port_ = acceptor_.local_endpoint().port();
  thread_ = std::thread([this] { serve(); });
}

HttpPeer::~HttpPeer() {
  // Wakes accept(), which close() would not.
  shutdown(acceptor_.native_handle(), SHUT_RDWR);
  thread_.join();
}

std::string HttpPeer::url(const std::string& path) const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) + path;
}

std::vector<HeardRequest> HttpPeer::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  heard_one_.wait_for(lock, std::chrono::seconds(10), [&] { return heard_.size() >= count; });
  return heard_;
}

void HttpPeer::serve() {
  while (true) {
    boost::system::error_code failure;
    tcp::socket socket(context_);
    acceptor_.accept(socket, failure);
    if (failure) return;
    if (!tls_) {
      answer(socket);
      continue;
    }
    asio::ssl::stream<tcp::socket&> stream(socket, *tls_);
    stream.handshake(asio::ssl::stream_base::server, failure);
    if (!failure) answer(stream);
  }
}

template <class Stream>
void HttpPeer::answer(Stream& stream) {
  boost::system::error_code failure;
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> request;
  http::read(stream, buffer, request, failure);
  if (failure) return;
  const std::lock_guard lock(mutex_);
  const unsigned status = statuses_.at(std::min(heard_.size(), statuses_.size() - 1));
  if (status != 0) {
    http::response<http::string_body> response(static_cast<http::status>(status), 11);
    response.keep_alive(false);
    if (status != 204) response.body() = "peer says " + std::to_string(status);
    response.prepare_payload();
    http::write(stream, response, failure);
  }
  boost::json::value body = boost::json::parse(request.body(), failure);
  heard_.push_back({std::string(request.target()), std::string(request[http::field::content_type]),
                    std::move(body)});
  heard_one_.notify_all();
}

}  // namespace forkmend::testing
