// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "metrics/listen.hpp"

namespace forkmend::metrics {

/// What one client, or many, may take of us.
struct HttpLimits {
  int connections = 16;                       ///< at once; further ones wait in the kernel's queue
  std::chrono::milliseconds request{5000};    ///< from the connection until the request is whole
  std::chrono::milliseconds response{10000};  ///< until the client has taken the answer
  std::uint32_t header_bytes = 8192;
};

/// GET and HEAD of /metrics and /healthz, one request a connection. The page is made when it is
/// asked for, on the loop that serves it.
class HttpServer {
 public:
  using Page = std::function<std::string()>;

  /// Listens. Errors: as listen_on().
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> open(
      const boost::asio::any_io_executor& executor, const ListenAddress& address, Page metrics,
      HttpLimits limits = {});
  /// Ends as close() does; what still runs then ends by itself.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Serves until close() and the end of every connection. Once.
  [[nodiscard]] boost::asio::awaitable<void> run();
  /// Accepts nobody any more and ends every connection.
  void close();
  [[nodiscard]] std::uint16_t port() const;  ///< 0 for a unix socket

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace forkmend::metrics
