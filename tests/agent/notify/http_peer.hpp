// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/json/value.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/certificates.hpp"

namespace forkmend::testing {

struct HeardRequest {
  std::string target;
  std::string content_type;
  boost::json::value body;
};

/// A web server on loopback that answers one request a connection: with each of these statuses in
/// turn, then with the last one for ever; 0 hangs up without an answer.
class HttpPeer {
 public:
  explicit HttpPeer(std::vector<unsigned> statuses, OpenSslPtr<SSL_CTX> tls = nullptr);
  ~HttpPeer();
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& path) const;
  /// Waits until so many requests were answered; those that were. Fewer after ten seconds.
  [[nodiscard]] std::vector<HeardRequest> wait_for(std::size_t count);

 private:
  void serve();
  template <class Stream>
  void answer(Stream& stream);

  std::vector<unsigned> statuses_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable heard_one_;
  std::vector<HeardRequest> heard_;
  std::thread thread_;
};

}  // namespace forkmend::testing
