// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/connection.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include "agent/redis/loop.hpp"
#include "support/scripted_peer.hpp"

namespace forkmend::redis {
namespace {

using forkmend::testing::after_greeting;
using forkmend::testing::answer_each;
using forkmend::testing::hear;
using forkmend::testing::Loop;
using forkmend::testing::options_for;
using forkmend::testing::say;
using forkmend::testing::ScriptedPeer;

constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";

TEST(Connection, CallsAServerOverTcp) {
  const ScriptedPeer peer(after_greeting({hear(), say("$3\r\nfoo\r\n")}));
  Loop loop;
  auto connection = loop.connect(options_for(peer.url()));
  ASSERT_TRUE(connection) << connection.error().message;
  const auto reply = loop.run((*connection)->call({"CONFIG", "GET", "dir"}));
  EXPECT_EQ(std::get<std::string>(reply.value().value), "foo");
  EXPECT_EQ(peer.requests().at(0), kPing);
  EXPECT_EQ(peer.requests().at(1), "*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$3\r\ndir\r\n");
  EXPECT_NE((*connection)->local_port(), 0);
  EXPECT_FALSE((*connection)->peer_credentials().has_value());
  EXPECT_EQ((*connection)->endpoint().port, peer.port());
}

TEST(Connection, KnowsThePeerOfAUnixSocket) {
  const ScriptedPeer peer(after_greeting({hear(), say(":7\r\n")}), ScriptedPeer::Kind::unix_socket);
  Loop loop;
  auto connection = loop.connect(options_for(peer.url()));
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ((*connection)->peer_credentials()->pid, getpid());
  EXPECT_EQ((*connection)->peer_credentials()->uid, geteuid());
  EXPECT_EQ((*connection)->local_port(), 0);
  EXPECT_EQ(as_integer(loop.run((*connection)->call({"LASTSAVE"})).value()).value(), 7);
}

TEST(Connection, FindsLocalhostWithoutAResolver) {
  const ScriptedPeer peer(after_greeting({}));
  Loop loop;
  const auto connection =
      loop.connect(options_for("redis://localhost:" + std::to_string(peer.port())));
  EXPECT_TRUE(connection) << connection.error().message;
}

TEST(Connection, AsksManyThingsInOneRoundTrip) {
  const ScriptedPeer peer(
      after_greeting({hear(), hear(), hear(), say("+OK\r\n-ERR no\r"), say("\n$2\r\nhi\r\n")}));
  Loop loop;
  auto connection = loop.connect(options_for(peer.url()));
  ASSERT_TRUE(connection) << connection.error().message;
  const auto replies = loop.run((*connection)->call_all({{"PING"}, {"BGSAVE"}, {"GET", "a"}}));
  ASSERT_TRUE(replies) << replies.error().message;
  ASSERT_EQ(replies->size(), 3U);
  EXPECT_EQ(as_text((*replies)[0]).value(), "OK");
  EXPECT_EQ(*(*replies)[1].error(), (ServerError{"ERR", "no"}));
  EXPECT_EQ(as_text((*replies)[2]).value(), "hi");
  EXPECT_TRUE(loop.run((*connection)->call_all({})).value().empty());
}

TEST(Connection, RefusesMoreRepliesThanItAskedFor) {
  const ScriptedPeer peer(after_greeting({hear(), say("+OK\r\n+OK\r\n")}));
  Loop loop;
  auto connection = loop.connect(options_for(peer.url()));
  ASSERT_TRUE(connection) << connection.error().message;
  const auto reply = loop.run((*connection)->call({"PING"}));
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().message.find("more replies than it was asked for"), std::string::npos);
}

TEST(Connection, GivesErrorRepliesAsReplies) {
  const ScriptedPeer peer(after_greeting({hear(), say("-ERR no\r\n"), hear(), say("+OK\r\n")}));
  Loop loop;
  auto connection = loop.connect(options_for(peer.url())).value();
  EXPECT_EQ(*loop.run(connection->call({"BGSAVE"})).value().error(), (ServerError{"ERR", "no"}));
  EXPECT_EQ(as_text(loop.run(connection->call({"PING"})).value()).value(), "OK");
}

TEST(Connection, AuthenticatesWithAUser) {
  const ScriptedPeer peer({hear(), say("+OK\r\n"), hear(), say("+PONG\r\n")});
  Loop loop;
  auto options = options_for(peer.url());
  options.credentials = {.username = "ops", .password = "hunter2"};
  auto connection = loop.connect(options);
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(peer.requests().at(0), "*3\r\n$4\r\nAUTH\r\n$3\r\nops\r\n$7\r\nhunter2\r\n");
  EXPECT_TRUE(loop.run((*connection)->call({"PING"})));
}

TEST(Connection, SaysThatThePasswordIsWrong) {
  const ScriptedPeer peer(
      {hear(), say("-WRONGPASS invalid username-password pair or user is disabled.\r\n")});
  Loop loop;
  auto options = options_for(peer.url());
  options.credentials.password = "hunter2";
  const auto refused = loop.connect(options);
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
  EXPECT_EQ(refused.error().message,
            "the server refuses the password (WRONGPASS); check REDISCLI_AUTH, --askpass or "
            "password_file (while connecting to " +
                peer.url() + ")");
}

TEST(Connection, ReportsARefusedConnectionAsNotFound) {
  std::string url;
  {
    const ScriptedPeer peer(after_greeting({}));
    url = peer.url();
  }
  Loop loop;
  const auto refused = loop.connect(options_for(url));
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_EQ(refused.error().message,
            "connecting: Connection refused (while connecting to " + url + ")");
}

TEST(Connection, ReportsAMissingUnixSocketAsNotFound) {
  const forkmend::testing::TempDir dir;
  Loop loop;
  EXPECT_EQ(loop.connect(options_for("unix://" + (dir.path() / "none.sock").string())).error().code,
            Errc::not_found);
}

TEST(Connection, HearsAServerThatRefusesBeforeItReads) {
  const ScriptedPeer peer({say("-ERR max number of clients reached\r\n")});
  Loop loop;
  EXPECT_EQ(loop.connect(options_for(peer.url())).error().code, Errc::busy);
}

TEST(Connection, NamesTheNetworkNamespaceItCannotEnter) {
  const ScriptedPeer peer(after_greeting({}));
  const forkmend::testing::TempDir dir;
  Loop loop;
  auto options = options_for(peer.url());
  options.network_namespace = (dir.path() / "net").string();
  const auto refused = loop.connect(options);
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_NE(
      refused.error().message.find("entering the network namespace " + options.network_namespace),
      std::string::npos);
}

TEST(Connection, DoesNotGrowOverManyCalls) {
  constexpr std::size_t kCalls = 2000;
  const ScriptedPeer peer(
      after_greeting({answer_each("$5000\r\n" + std::string(5000, 'i') + "\r\n", 2 * kCalls)}));
  Loop loop;
  auto connection = loop.connect(options_for(peer.url())).value();
  const auto call_often = [&] {
    for (std::size_t i = 0; i < kCalls; ++i) {
      ASSERT_EQ(as_text(loop.run(connection->call({"INFO"})).value()).value().size(), 5000U);
    }
  };
  call_often();
  const std::size_t before = mallinfo2().uordblks;
  call_often();
  EXPECT_LT(mallinfo2().uordblks, before + 16384);
}

TEST(Connection, LeavesNoDescriptorBehind) {
  const ScriptedPeer peer({say("garbage")});
  Loop loop;
  const auto lowest_free = [] {
    const int fd = dup(STDERR_FILENO);
    close(fd);
    return fd;
  };
  EXPECT_FALSE(loop.connect(options_for(peer.url())));
  const int before = lowest_free();
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(loop.connect(options_for(peer.url())));
  EXPECT_LE(lowest_free(), before + 1);  // the peer may hold one more
}

}  // namespace
}  // namespace forkmend::redis
