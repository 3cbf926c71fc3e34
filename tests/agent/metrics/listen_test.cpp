// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/listen.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "support/temp_dir.hpp"

namespace forkmend::metrics {
namespace {

using Kind = ListenAddress::Kind;

TEST(Listen, TakesAddressesPathsAndOff) {
  EXPECT_EQ(*parse_listen("127.0.0.1:9911"), (ListenAddress{Kind::tcp, "127.0.0.1", 9911}));
  EXPECT_EQ(*parse_listen("[::1]:9911"), (ListenAddress{Kind::tcp, "::1", 9911}));
  EXPECT_EQ(*parse_listen("unix:/run/forkmend/metrics.sock"),
            (ListenAddress{Kind::unix_socket, "/run/forkmend/metrics.sock", 0}));
  EXPECT_EQ(*parse_listen("off"), ListenAddress{});
}

TEST(Listen, RefusesTheRestAndSaysWhatWasExpected) {
  for (const std::string& text :
       {std::string(""), std::string("9911"), std::string("localhost:9911"),
        std::string("::1:9911"), std::string("127.0.0.1:99110"), std::string("127.0.0.1:"),
        std::string("unix:run/x"), std::string("unix:/"), "unix:/" + std::string(120, 'x'),
        std::string("none")}) {
    const auto parsed = parse_listen(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid);
    EXPECT_NE(parsed.error().message.find("expected ADDRESS:PORT"), std::string::npos);
  }
}

TEST(Listen, APortInUseIsNamed) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor other(context, {boost::asio::ip::address_v4::loopback(), 0});
  const ListenAddress taken{Kind::tcp, "127.0.0.1", other.local_endpoint().port()};
  const auto listening = listen_on(context.get_executor(), taken);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, Errc::busy);
  EXPECT_NE(listening.error().message.find("127.0.0.1:" + std::to_string(taken.port)),
            std::string::npos)
      << listening.error().message;
  EXPECT_NE(listening.error().message.find("another agent"), std::string::npos);
}

TEST(Listen, ADeadSocketIsReplacedALiveOneIsNot) {
  boost::asio::io_context context;
  const testing::TempDir dir;
  const ListenAddress address{Kind::unix_socket, (dir.path() / "run" / "metrics.sock").string(), 0};
  {
    const auto first = listen_on(context.get_executor(), address);
    ASSERT_TRUE(first) << first.error().message;
    struct stat status{};
    ASSERT_EQ(stat(address.host.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
    const auto second = listen_on(context.get_executor(), address);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::busy);
  }
  EXPECT_TRUE(listen_on(context.get_executor(), address));
}

TEST(Listen, AnOrdinaryFileIsNeverRemoved) {
  boost::asio::io_context context;
  const testing::TempDir dir;
  testing::write_tree(dir.path(), {{"/metrics.sock", "precious"}});
  const ListenAddress address{Kind::unix_socket, (dir.path() / "metrics.sock").string(), 0};
  const auto listening = listen_on(context.get_executor(), address);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, Errc::invalid);
  EXPECT_TRUE(std::filesystem::is_regular_file(address.host));
}

}  // namespace
}  // namespace forkmend::metrics
