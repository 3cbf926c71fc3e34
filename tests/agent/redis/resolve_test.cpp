// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/resolve.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "agent/redis/loop.hpp"

namespace forkmend::redis {
namespace {

using forkmend::testing::Loop;

Result<std::vector<SocketAddress>> addresses_of(Transport transport, const std::string& host) {
  Loop loop;
  return loop.run(resolve(Endpoint{transport, host, 6379}));
}

TEST(Resolve, TakesAddressesAsTheyAre) {
  const auto four = addresses_of(Transport::tcp, "127.0.0.1").value();
  ASSERT_EQ(four.size(), 1U);
  EXPECT_EQ(four[0].protocol().family(), AF_INET);
  EXPECT_EQ(addresses_of(Transport::tls, "::1").value().at(0).protocol().family(), AF_INET6);
}

TEST(Resolve, KnowsLocalhostWithoutAsking) {
  const auto both = addresses_of(Transport::tcp, "localhost").value();
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].protocol().family(), AF_INET);
  EXPECT_EQ(both[1].protocol().family(), AF_INET6);
}

TEST(Resolve, ChecksThePathOfAUnixSocket) {
  EXPECT_EQ(
      addresses_of(Transport::unix_socket, "/run/redis.sock").value().at(0).protocol().family(),
      AF_UNIX);
  EXPECT_EQ(addresses_of(Transport::unix_socket, "").error().code, Errc::invalid);
  EXPECT_EQ(addresses_of(Transport::unix_socket, "/" + std::string(107, 'a')).error().code,
            Errc::invalid);
}

TEST(Resolve, ReportsANameThatCannotBe) {
  // A label of more than 63 bytes: getaddrinfo refuses it without asking a server.
  const auto refused = addresses_of(Transport::tcp, std::string(70, 'a') + ".invalid");
  EXPECT_EQ(refused.error().code, Errc::not_found) << refused.error().message;
}

}  // namespace
}  // namespace forkmend::redis
