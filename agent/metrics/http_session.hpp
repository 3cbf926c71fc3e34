// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>

#include "metrics/http_server.hpp"

namespace forkmend::metrics {

/// One connection.
struct HttpSession {
  explicit HttpSession(boost::asio::generic::stream_protocol::socket accepted)
      : socket(std::move(accepted)) {}
  boost::asio::generic::stream_protocol::socket socket;
};

/// Reads one request, answers it, and ends the connection so that the client gets the whole answer.
/// Throws nothing.
[[nodiscard]] boost::asio::awaitable<void> serve_session(std::shared_ptr<HttpSession> session,
                                                         HttpServer::Page metrics,
                                                         HttpLimits limits);

}  // namespace forkmend::metrics
