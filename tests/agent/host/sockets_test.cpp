// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/sockets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::HostTree;
using ::testing::IsEmpty;

constexpr std::string_view kTcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 "
    "21001 1 00000000f1e7a460 100 0 0 10 0\n"
    "   1: 00000000:18EC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "21002 1 0000000000000000 100 0 0 10 0\n"
    "   2: 0100007F:18EB 0100007F:C350 01 00000000:00000000 00:00000000 00000000   999        0 "
    "21003 1 0000000000000000 20 4 30 10 -1\n";
constexpr std::string_view kTcp6 =
    "  sl  local_address                         remote_address                        st "
    "tx_queue\n"
    "   0: 00000000000000000000000001000000:18EB 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000   999        0 31001 1 0 100 0 0 10 0\n"
    "   1: 0000000000000000FFFF00000100007F:18EC 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000   999        0 31002 1 0 100 0 0 10 0\n"
    "   2: 00000000000000000000000000000000:18ED 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000   999        0 31003 1 0 100 0 0 10 0\n";
constexpr std::string_view kUnix =
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "00000000ffa5f04c: 00000003 00000000 00000000 0001 03 1616\n"
    "00000000ffa5f04d: 00000002 00000000 00010000 0001 01 41001 /run/redis/with blank.sock\n"
    "00000000ffa5f04e: 00000002 00000000 00010000 0001 01 41002 @abstract\n"
    "00000000ffa5f04f: 00000003 00000000 00000000 0001 03 41003 /run/redis/redis.sock\n"
    "00000000ffa5f050: 00000002 00000000 00010000 0005 01 41004 /run/udev/control\n";

TEST(Sockets, DecodesListeningAddresses) {
  const auto sockets = parse_tcp(kTcp);
  EXPECT_THAT(sockets, ElementsAre(ListeningSocket{SocketFamily::tcp, "127.0.0.1", 6379, 21001},
                                   ListeningSocket{SocketFamily::tcp, "0.0.0.0", 6380, 21002}));
  EXPECT_FALSE(sockets[0].wildcard());
  EXPECT_TRUE(sockets[1].wildcard());
}

TEST(Sockets, DecodesVersionSixAndMappedAddresses) {
  const auto sockets = parse_tcp6(kTcp6);
  EXPECT_THAT(sockets, ElementsAre(ListeningSocket{SocketFamily::tcp6, "::1", 6379, 31001},
                                   ListeningSocket{SocketFamily::tcp6, "127.0.0.1", 6380, 31002},
                                   ListeningSocket{SocketFamily::tcp6, "::", 6381, 31003}));
  EXPECT_TRUE(sockets[2].wildcard());
}

TEST(Sockets, FindsListeningUnixStreams) {
  EXPECT_THAT(parse_unix(kUnix),
              ElementsAre(ListeningSocket{SocketFamily::unix_stream, "/run/redis/with blank.sock",
                                          0, 41001},
                          ListeningSocket{SocketFamily::unix_stream, "@abstract", 0, 41002}));
}

TEST(Sockets, IgnoresBrokenLines) {
  EXPECT_THAT(parse_tcp("0: 0100007F18EB 00000000:0000 0A a b c d e 5\n"), IsEmpty());
  EXPECT_THAT(parse_tcp("0: XX00007F:18EB 00000000:0000 0A a b c d e 5\n"), IsEmpty());
  EXPECT_THAT(parse_tcp6(kTcp), IsEmpty());
  EXPECT_THAT(parse_unix("garbage\n"), IsEmpty());
}

TEST(Sockets, ReadsTheNetworkNamespaceOfAProcess) {
  const HostTree tree{
      {{"/proc/812/net/tcp", std::string(kTcp)}, {"/proc/812/net/unix", std::string(kUnix)}}};
  const auto sockets = listening_sockets(tree.root(), "812");
  ASSERT_TRUE(sockets);
  EXPECT_EQ(sockets->size(), 4U);
  EXPECT_EQ(listening_sockets(tree.root(), "9").error().code, Errc::not_found);
}

TEST(Sockets, ListsWhatAProcessHolds) {
  const HostTree tree{{{"/proc/812/fd/0", "-> /dev/null"},
                       {"/proc/812/fd/6", "-> socket:[31001]"},
                       {"/proc/812/fd/7", "-> socket:[21001]"},
                       {"/proc/812/fd/8", "-> anon_inode:[eventpoll]"}}};
  EXPECT_THAT(*socket_inodes(tree.root(), 812), ElementsAre(21001U, 31001U));
  EXPECT_EQ(socket_inodes(tree.root(), 9).error().code, Errc::not_found);
}

}  // namespace
}  // namespace forkmend::host
