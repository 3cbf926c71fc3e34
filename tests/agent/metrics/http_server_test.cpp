// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/http_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <thread>

#include "support/temp_dir.hpp"

namespace forkmend::metrics {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A server on its own thread, ended and joined at the end of the test.
class Served {
 public:
  explicit Served(HttpLimits limits = {},
                  ListenAddress address = {ListenAddress::Kind::tcp, "127.0.0.1", 0})
      : server_(*HttpServer::open(
            context_.get_executor(), address, [] { return std::string("forkmend_build_info 1\n"); },
            limits)),
        ended_(asio::co_spawn(context_, server_->run(), asio::use_future)),
        thread_([this] { context_.run(); }) {}
  ~Served() {
    asio::post(context_, [this] { server_->close(); });
    ended_.get();
    thread_.join();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  [[nodiscard]] tcp::socket connect() {
    // Sockets of a test may outlive the server.
    static asio::io_context client;
    tcp::socket socket(client);
    socket.connect({asio::ip::address_v4::loopback(), server_->port()});
    return socket;
  }
  /// Everything that comes after those bytes, until the server hangs up.
  [[nodiscard]] std::string ask(const std::string& request) {
    tcp::socket socket = connect();
    asio::write(socket, asio::buffer(request));
    return rest(socket);
  }
  template <class Socket>
  [[nodiscard]] static std::string rest(Socket& socket) {
    std::string answer;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(answer), end);
    EXPECT_EQ(end, asio::error::eof) << end.message();
    return answer;
  }

 private:
  asio::io_context context_;
  std::unique_ptr<HttpServer> server_;
  std::future<void> ended_;
  std::thread thread_;
};

std::string status_of(const std::string& answer) {
  return answer.substr(0, answer.find('\r'));
}

TEST(HttpServer, GivesTheMetricsWithTheirType) {
  Served served;
  const std::string answer = served.ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
            std::string::npos)
      << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(answer.find("\r\n\r\nforkmend_build_info 1\n"), std::string::npos) << answer;
}

TEST(HttpServer, QueryOldProtocolAndHeadAreUnderstood) {
  Served served;
  EXPECT_EQ(status_of(served.ask("GET /metrics?name[]=x HTTP/1.1\r\nHost: x\r\n\r\n")),
            "HTTP/1.1 200 OK");
  EXPECT_EQ(status_of(served.ask("GET /healthz HTTP/1.0\r\n\r\n")), "HTTP/1.1 200 OK");
  const std::string head = served.ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 22\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

TEST(HttpServer, WhatCannotBeServedIsAnsweredProperly) {
  Served served;
  const std::string host = " HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(status_of(served.ask("GET /" + host + "\r\n")), "HTTP/1.1 404 Not Found");
  const std::string posted = served.ask("POST /metrics" + host + "Content-Length: 2\r\n\r\nhi");
  EXPECT_EQ(status_of(posted), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_NE(posted.find("Allow: GET, HEAD\r\n"), std::string::npos);
  EXPECT_EQ(status_of(served.ask("nonsense\r\n\r\n")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(
      status_of(served.ask("GET /metrics" + host + "X: " + std::string(9000, 'x') + "\r\n\r\n")),
      "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(status_of(served.ask("POST /metrics" + host + "Content-Length: 2000\r\n\r\n")),
            "HTTP/1.1 413 Payload Too Large");
}

TEST(HttpServer, ASlowClientIsCutOffAndAnotherOneServed) {
  Served served({.connections = 1, .request = std::chrono::milliseconds(50)});
  tcp::socket slow = served.connect();
  asio::write(slow, asio::buffer(std::string("GET /metr")));
  // There is one place: the second client is served once the first has lost it.
  const std::string answer = served.ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(status_of(Served::rest(slow)), "HTTP/1.1 408 Request Timeout");
}

TEST(HttpServer, AClientThatHangsUpLeavesNothingBehind) {
  Served served({.connections = 1});
  for (int i = 0; i < 20; ++i) served.connect().close();
  EXPECT_EQ(status_of(served.ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")), "HTTP/1.1 200 OK");
}

TEST(HttpServer, EndsWithConnectionsOpen) {
  asio::io_context client;
  tcp::socket open(client);
  {
    Served served;
    open = served.connect();
  }
  boost::system::error_code end;
  char byte = 0;
  open.read_some(asio::buffer(&byte, 1), end);
  EXPECT_TRUE(end);
}

TEST(HttpServer, ServesAUnixSocketAndRemovesItAtTheEnd) {
  const testing::TempDir dir;
  const std::string path = (dir.path() / "metrics.sock").string();
  {
    const Served served({}, {ListenAddress::Kind::unix_socket, path, 0});
    asio::io_context client;
    asio::local::stream_protocol::socket socket(client);
    socket.connect(asio::local::stream_protocol::endpoint(path));
    asio::write(socket, asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")));
    EXPECT_EQ(status_of(Served::rest(socket)), "HTTP/1.1 200 OK");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace forkmend::metrics
