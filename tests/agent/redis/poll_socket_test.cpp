// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/poll_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <vector>

namespace forkmend::redis {
namespace {

/// Both ends of a connection; ours asks, the other one is the server.
class PollSocketTest : public ::testing::Test {
 protected:
  PollSocketTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    socket_.emplace(Descriptor(ends[0]));
    server_.emplace(ends[1]);
  }

  void answer(std::string_view bytes) const {
    EXPECT_EQ(send(server_->get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

  Result<std::optional<std::string_view>> collect() { return socket_->collect(buffer_); }

  std::optional<PollSocket> socket_;
  std::optional<Descriptor> server_;
  std::vector<char> buffer_ = std::vector<char>(PollSocket::kMostAnswer);
};

TEST_F(PollSocketTest, AsksForTheOneSection) {
  ASSERT_TRUE(socket_->ask());
  std::array<char, 100> got{};
  const ssize_t size = recv(server_->get(), got.data(), got.size(), 0);
  EXPECT_EQ(std::string_view(got.data(), static_cast<std::size_t>(size)),
            "*2\r\n$4\r\nINFO\r\n$11\r\npersistence\r\n");
}

TEST_F(PollSocketTest, GivesTheAnswerOnceItIsThere) {
  EXPECT_EQ(*collect(), std::nullopt);
  answer("$11\r\nrdb_saves:4\r\n");
  EXPECT_EQ(*collect(), "rdb_saves:4");
  EXPECT_EQ(*collect(), std::nullopt);
}

TEST_F(PollSocketTest, PutsAnAnswerTogetherThatComesInParts) {
  for (const char* part : {"$1", "1\r", "\nrdb_sav", "es:4", "\r"}) {
    answer(part);
    EXPECT_EQ(*collect(), std::nullopt) << part;
  }
  answer("\n");
  EXPECT_EQ(*collect(), "rdb_saves:4");
}

TEST_F(PollSocketTest, SaysWhatTheServerRefuses) {
  answer("-NOPERM this user has no permissions to run the 'info' command\r\n");
  EXPECT_EQ(collect().error().code, Errc::permission_denied);
}

TEST_F(PollSocketTest, TakesNoMoreThanOneAnswer) {
  answer("$1\r\na\r\n$1\r\nb\r\n");
  EXPECT_EQ(collect().error().code, Errc::protocol);
}

TEST_F(PollSocketTest, RefusesWhatIsNoAnswer) {
  answer("HTTP/1.1 400 Bad Request\r\n");
  EXPECT_EQ(collect().error().code, Errc::protocol);
}

TEST_F(PollSocketTest, RefusesMoreThanItHasRoomFor) {
  answer("$70000\r\n");
  EXPECT_EQ(collect().error().code, Errc::too_large);
}

TEST_F(PollSocketTest, TellsThatTheServerHungUp) {
  server_.reset();
  EXPECT_EQ(collect().error().code, Errc::closed);
  EXPECT_EQ(socket_->ask().error().code, Errc::closed);
}

}  // namespace
}  // namespace forkmend::redis
