// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/detached.hpp>
#include <optional>
#include <stdexcept>

#include "agent/redis/loop.hpp"
#include "redis/connection.hpp"
#include "support/scripted_peer.hpp"

namespace forkmend::redis {
namespace {

using forkmend::testing::after_greeting;
using forkmend::testing::flood;
using forkmend::testing::hear;
using forkmend::testing::kPatient;
using forkmend::testing::kShort;
using forkmend::testing::Loop;
using forkmend::testing::options_for;
using forkmend::testing::PeerScript;
using forkmend::testing::say;
using forkmend::testing::ScriptedPeer;
using forkmend::testing::stay_silent;

constexpr std::size_t kGigabyte = std::size_t{1} << 30U;

struct Outcome {
  Errc first = Errc::io;
  Errc second = Errc::io;
  std::string message;
};

/// A loaded machine may not even connect within a short deadline.
std::unique_ptr<Connection> connect_surely(Loop& loop, const std::string& url,
                                           std::chrono::milliseconds deadline) {
  while (true) {
    auto connection = loop.connect(options_for(url, deadline));
    if (connection) return std::move(*connection);
    if (connection.error().code != Errc::timeout)
      throw std::runtime_error(connection.error().message);
  }
}

/// The errors of a call to a peer with that script, and of a further call.
Outcome outcome_of(PeerScript after_request, std::chrono::milliseconds deadline = kPatient) {
  after_request.insert(after_request.begin(), hear());
  const ScriptedPeer peer(after_greeting(std::move(after_request)));
  Loop loop;
  auto connection = connect_surely(loop, peer.url(), deadline);
  const auto first = loop.run(connection->call({"INFO", "all"}));
  const auto second = loop.run(connection->call({"INFO"}));
  if (first || second) return {Errc::io, Errc::io, "a call went well"};
  return {first.error().code, second.error().code, first.error().message};
}

TEST(HostilePeer, SilenceEndsAtTheDeadline) {
  const Outcome outcome = outcome_of({stay_silent()}, kShort);
  EXPECT_EQ(outcome.first, Errc::timeout);
  EXPECT_EQ(outcome.second, Errc::closed);
  EXPECT_NE(outcome.message.find("no answer within 50 ms (while INFO on redis://127.0.0.1:"),
            std::string::npos)
      << outcome.message;
}

TEST(HostilePeer, HalfAReplyEndsAtTheDeadline) {
  EXPECT_EQ(outcome_of({say("$10\r\nabc"), stay_silent()}, kShort).first, Errc::timeout);
}

TEST(HostilePeer, ClosingInTheMiddleIsClosed) {
  const Outcome outcome = outcome_of({say("*2\r\n:1\r\n")});
  EXPECT_EQ(outcome.first, Errc::closed);
  EXPECT_EQ(outcome.second, Errc::closed);
}

TEST(HostilePeer, GarbageIsAProtocolError) {
  const Outcome outcome = outcome_of({say("\x01\x02\x03")});
  EXPECT_EQ(outcome.first, Errc::protocol);
  EXPECT_EQ(outcome.second, Errc::closed);
}

TEST(HostilePeer, AHugeBulkIsRefusedByItsHeader) {
  EXPECT_EQ(outcome_of({say("$1073741824\r\n"), stay_silent()}).first, Errc::too_large);
}

TEST(HostilePeer, ATwoRepliesAnswerIsAProtocolError) {
  EXPECT_EQ(outcome_of({say("+OK\r\n+OK\r\n"), stay_silent()}).first, Errc::protocol);
}

TEST(HostilePeer, DeepNestingIsRefused) {
  EXPECT_EQ(outcome_of({flood("*1\r\n", 4096), stay_silent()}).first, Errc::too_large);
}

TEST(HostilePeer, AnEndlessStatusIsRefused) {
  EXPECT_EQ(outcome_of({say("+"), flood(std::string(65536, 'x'), kGigabyte)}).first,
            Errc::too_large);
}

TEST(HostilePeer, AnEndlessArrayCostsLittleMemory) {
  std::string bulks;
  for (int i = 0; i < 64; ++i) bulks += "$1000\r\n" + std::string(1000, 'x') + "\r\n";
  const std::size_t before = mallinfo2().hblkhd + mallinfo2().arena;
  const Outcome outcome = outcome_of({say("*100000\r\n"), flood(bulks, kGigabyte)});
  EXPECT_EQ(outcome.first, Errc::too_large);
  EXPECT_LT(mallinfo2().hblkhd + mallinfo2().arena, before + (std::size_t{64} << 20U));
}

TEST(HostilePeer, ASilentGreetingEndsAtTheDeadlineOfConnect) {
  const ScriptedPeer peer({hear(), stay_silent()});
  Loop loop;
  const Error error = loop.connect(options_for(peer.url(), kShort)).error();
  EXPECT_EQ(error.code, Errc::timeout);
  EXPECT_NE(error.message.find("no answer within 50 ms"), std::string::npos) << error.message;
}

TEST(HostilePeer, HangingUpOnTheGreetingHintsAtTls) {
  const ScriptedPeer peer({hear()});
  Loop loop;
  const Error error = loop.connect(options_for(peer.url())).error();
  EXPECT_EQ(error.code, Errc::closed);
  EXPECT_NE(error.message.find("it may want TLS (rediss://)"), std::string::npos) << error.message;
}

TEST(HostilePeer, ADripOfBytesDoesNotMoveTheDeadline) {
  // Nine bytes of ten are there at once: each read succeeds, the reply as a whole does not.
  const ScriptedPeer peer(
      after_greeting({hear(), say("$"), say("4"), say("\r\n"), say("abc"), stay_silent()}));
  Loop loop;
  auto connection = connect_surely(loop, peer.url(), kShort);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(loop.run(connection->call({"PING"})).error().code, Errc::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(HostilePeer, AFullQueueOfAUnixSocketEndsAtTheDeadline) {
  const forkmend::testing::TempDir dir;
  const std::string path = (dir.path() / "full.sock").string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(listener, 0);
  ASSERT_EQ(bind(listener, raw, sizeof address), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  const int filler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(filler, 0);
  ASSERT_EQ(connect(filler, raw, sizeof address), 0);
  Loop loop;
  EXPECT_EQ(loop.connect(options_for("unix://" + path, kShort)).error().code, Errc::timeout);
  close(filler);
  close(listener);
}

boost::asio::awaitable<void> call_and_note(Connection* connection, std::optional<Errc>* noted) {
  Command words(1, "INFO");
  const auto reply = co_await connection->call(std::move(words));
  *noted = reply ? Errc::io : reply.error().code;
}

TEST(HostilePeer, ASecondCallAtTheSameTimeIsRefused) {
  const ScriptedPeer peer(after_greeting({hear(), stay_silent()}));
  Loop loop;
  auto connection = connect_surely(loop, peer.url(), kShort);
  std::optional<Errc> first;
  std::optional<Errc> second;
  boost::asio::co_spawn(loop.io(), call_and_note(connection.get(), &first), boost::asio::detached);
  boost::asio::co_spawn(loop.io(), call_and_note(connection.get(), &second), boost::asio::detached);
  loop.io().restart();
  loop.io().run();
  EXPECT_EQ(first, Errc::timeout);
  EXPECT_EQ(second, Errc::busy);
}

TEST(HostilePeer, ALoopThatEndsInTheMiddleOfACallLeavesNothing) {
  std::optional<Errc> noted;
  const ScriptedPeer peer(after_greeting({hear(), stay_silent()}));
  {
    Loop loop;
    auto connection = loop.connect(options_for(peer.url())).value();
    boost::asio::co_spawn(loop.io(), call_and_note(connection.get(), &noted),
                          boost::asio::detached);
    loop.io().restart();
    while (peer.requests().size() < 2) loop.io().poll();
    loop.io().stop();
  }
  EXPECT_FALSE(noted.has_value());
}

}  // namespace
}  // namespace forkmend::redis
