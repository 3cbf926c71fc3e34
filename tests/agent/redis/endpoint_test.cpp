// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/endpoint.hpp"

#include <gtest/gtest.h>

namespace forkmend::redis {
namespace {

Endpoint endpoint_of(std::string_view url) {
  return parse_url(url).value().endpoint;
}

Credentials credentials_of(std::string_view url) {
  return parse_url(url).value().credentials;
}

std::string refusal_of(std::string_view url) {
  const auto parsed = parse_url(url);
  if (parsed) return "accepted: " + to_string(parsed->endpoint);
  EXPECT_EQ(parsed.error().code, Errc::invalid);
  return parsed.error().message;
}

TEST(ParseUrl, ReadsHostAndPort) {
  EXPECT_EQ(endpoint_of("redis://127.0.0.1:6380"), (Endpoint{Transport::tcp, "127.0.0.1", 6380}));
  EXPECT_EQ(endpoint_of("rediss://cache.example"),
            (Endpoint{Transport::tls, "cache.example", 6379}));
  EXPECT_EQ(endpoint_of("REDIS://h:65535/"), (Endpoint{Transport::tcp, "h", 65535}));
}

TEST(ParseUrl, AcceptsADatabaseNumberThatChangesNothing) {
  EXPECT_EQ(endpoint_of("redis://h:1/15"), (Endpoint{Transport::tcp, "h", 1}));
}

TEST(ParseUrl, ReadsAnAddressInBrackets) {
  EXPECT_EQ(endpoint_of("redis://[::1]:7000"), (Endpoint{Transport::tcp, "::1", 7000}));
  EXPECT_EQ(endpoint_of("redis://[fe80::1%25eth0]").host, "fe80::1%eth0");
}

TEST(ParseUrl, ReadsAUnixPath) {
  EXPECT_EQ(endpoint_of("unix:///run/redis/redis.sock"),
            (Endpoint{Transport::unix_socket, "/run/redis/redis.sock", 0}));
  EXPECT_EQ(endpoint_of("unix:///run/a%20b").host, "/run/a b");
  EXPECT_EQ(credentials_of("unix://u:p@/run/r").password, "p");
}

TEST(ParseUrl, MovesUserAndPasswordToCredentials) {
  EXPECT_EQ(credentials_of("redis://admin:s3cret@h").username, "admin");
  EXPECT_EQ(credentials_of("redis://admin:s3cret@h").password, "s3cret");
  EXPECT_EQ(credentials_of("redis://:s3cret@h").username, "");
  EXPECT_EQ(credentials_of("redis://admin@h").password, "");
}

TEST(ParseUrl, DecodesPercentSigns) {
  EXPECT_EQ(credentials_of("redis://a%40b:p%2Fw%25%3a@h").username, "a@b");
  EXPECT_EQ(credentials_of("redis://a%40b:p%2Fw%25%3a@h").password, "p/w%:");
}

TEST(ParseUrl, TakesTheLastAtSignAsTheEndOfThePassword) {
  EXPECT_EQ(credentials_of("redis://:p@ss:w@h").password, "p@ss:w");
  EXPECT_EQ(endpoint_of("redis://:p@ss:w@h").host, "h");
}

TEST(ParseUrl, NamesThePartThatIsWrong) {
  EXPECT_EQ(refusal_of("127.0.0.1:6379"),
            "scheme of the URL: expected redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH");
  EXPECT_EQ(
      refusal_of("redi://h"),
      "scheme of the URL: expected redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH; did "
      "you mean redis://");
  EXPECT_EQ(refusal_of("redis://:6379"), "host of the URL: expected a name or an address");
  EXPECT_EQ(refusal_of("redis://a b"),
            "host of the URL: expected letters, digits, '.', '-' and '_'");
  EXPECT_EQ(refusal_of("redis://[::1"), "host of the URL: expected a ']' after the IPv6 address");
  EXPECT_EQ(refusal_of("redis://[1.2.3.4]"),
            "host of the URL: expected an IPv6 address between the brackets");
  EXPECT_EQ(refusal_of("redis://::1:6379"),
            "host of the URL: an IPv6 address needs brackets, as in redis://[::1]:6379");
  EXPECT_EQ(refusal_of("redis://[::1]6379"),
            "host of the URL: expected ':' and the port, or nothing, after the ']'");
  EXPECT_EQ(refusal_of("redis://h/db"),
            "path of the URL: expected nothing or a database number after the host and port");
  EXPECT_EQ(refusal_of("redis://h?db=1"),
            "path of the URL: expected nothing or a database number after the host and port");
  EXPECT_EQ(refusal_of("redis://:a%2@h"),
            "password of the URL: a '%' must be followed by two hexadecimal digits");
}

TEST(ParseUrl, ChecksThePort) {
  const std::string expected = "port of the URL: expected a number from 1 to 65535";
  for (const auto* port : {"0", "65536", "", "-1", "+1", "6379x", "99999999999999999999"}) {
    EXPECT_EQ(refusal_of("redis://h:" + std::string(port)), expected) << port;
  }
}

TEST(ParseUrl, ChecksTheUnixPath) {
  const std::string absolute =
      "path of the URL: expected an absolute path, as in unix:///run/redis/redis.sock";
  EXPECT_EQ(refusal_of("unix://redis.sock"), absolute);
  EXPECT_EQ(refusal_of("unix://run/redis.sock"), absolute);
  EXPECT_EQ(refusal_of("unix:///a?db=1"), "path of the URL: write '?' as %3F and '#' as %23");
  const std::string limit =
      "path of the URL: expected at most 107 bytes and no NUL, the kernel's limit for sockets";
  EXPECT_EQ(refusal_of("unix:///" + std::string(107, 'a')), limit);
  EXPECT_EQ(refusal_of("unix:///a%00b"), limit);
  EXPECT_EQ(endpoint_of("unix:///" + std::string(106, 'a')).host.size(), 107U);
}

TEST(ParseUrl, NeverRepeatsThePassword) {
  for (const auto* url :
       {"hunter2", "hunter2://h", "redis://:hunter2", "redis://u:hunter2@", "redis://u:hunter2/x@h",
        "redis://u:hunter2@h:hunter2", "redis://u:hunter2?@h", "redis://u:hunter2%@h",
        "redis://u:hunter2@[x]", "unix://:hunter2@", "redis://hunter2:hunter2:hunter2@h:x"}) {
    EXPECT_EQ(refusal_of(url).find("hunter2"), std::string::npos) << url;
  }
}

TEST(ParseUrl, ExplainsASlashInThePassword) {
  EXPECT_EQ(refusal_of("redis://u:pa/ss@h"),
            "user name and password of the URL: write '/' as %2F, '?' as %3F and '#' as %23");
}

TEST(EndpointText, CanBeParsedAgain) {
  for (const auto* url :
       {"redis://127.0.0.1:6379", "rediss://[::1]:6380", "redis://[fe80::1%25lo]:1",
        "unix:///run/a%20b%25%3F", "redis://name.example:6379"}) {
    EXPECT_EQ(to_string(endpoint_of(url)), url);
  }
}

TEST(EndpointText, HasNoPassword) {
  EXPECT_EQ(to_string(endpoint_of("redis://u:hunter2@h")), "redis://h:6379");
}

}  // namespace
}  // namespace forkmend::redis
