// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/discovery.hpp"

#include <gtest/gtest.h>

#include "process_tree.hpp"

namespace forkmend::redis {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

std::vector<FoundServer> found_in(const forkmend::testing::HostTree& tree) {
  auto servers = find_servers(tree.root());
  return servers ? *servers : std::vector<FoundServer>();
}

std::vector<std::string> shown(const FoundServer& server) {
  std::vector<std::string> urls;
  urls.reserve(server.endpoints.size());
  for (const Endpoint& endpoint : server.endpoints) urls.push_back(to_string(endpoint));
  return urls;
}

using Urls = std::vector<std::string>;

TEST(Discovery, FindsAServerWithItsSocketsBestFirst) {
  auto tree = host_with("");
  add_process(tree, {.sockets = {11, 12, 13, 14}});
  add_sockets(tree, 812, listening(kLan, kPort6379, 11) + listening(kLoopback, kPort6379, 12),
              listening(kLoopback6, kPort6379, 13),
              "0000000000000000: 00000002 00000000 00010000 0001 01 14 /run/redis/redis.sock\n");
  tree.write("/run/redis/redis.sock", "");
  const auto servers = found_in(tree);
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(servers[0].pid, 812);
  EXPECT_EQ(servers[0].start_time, 5000U);
  EXPECT_EQ(servers[0].namespace_pid, 812);
  EXPECT_EQ(servers[0].exe, "redis-server");
  EXPECT_TRUE(servers[0].own_network_namespace);
  EXPECT_EQ(servers[0].network_namespace, "");
  EXPECT_EQ(shown(servers[0]), (Urls{"unix:///run/redis/redis.sock", "redis://127.0.0.1:6379",
                                     "redis://[::1]:6379", "redis://10.0.0.5:6379"}));
}

TEST(Discovery, GivesAWildcardAsLoopback) {
  auto tree = host_with("");
  add_process(tree, {.sockets = {11, 12}});
  add_sockets(tree, 812, listening(kAny, kPort6379, 11), listening(kAny6, kPort6379, 12));
  ASSERT_EQ(found_in(tree).size(), 1U);
  EXPECT_EQ(shown(found_in(tree)[0]), (Urls{"redis://127.0.0.1:6379", "redis://[::1]:6379"}));
}

TEST(Discovery, LeavesOutSocketsOfOthersAndTheClusterBus) {
  auto tree = host_with("");
  add_process(tree, {.sockets = {11, 12}});
  add_sockets(tree, 812,
              listening(kLoopback, kPort6379, 11) + listening(kLoopback, kPort16379, 12) +
                  listening(kLoopback, kPort6380, 99));
  ASSERT_EQ(found_in(tree).size(), 1U);
  EXPECT_EQ(shown(found_in(tree)[0]), (Urls{"redis://127.0.0.1:6379"}));
}

TEST(Discovery, FindsEveryKindOfServer) {
  auto tree = host_with("");
  std::int64_t pid = 100;
  for (const std::string exe :
       {"/usr/bin/redis-server", "/usr/bin/valkey-server", "/opt/keydb/keydb-server",
        "/usr/bin/keydb-pro-server", "/usr/local/bin/dragonfly", "/usr/bin/redis6-server",
        "/usr/bin/redis-server (deleted)", "/opt/redis-server-7.2"}) {
    add_process(tree, {.pid = ++pid, .exe = exe, .namespace_pids = std::to_string(pid)});
  }
  EXPECT_EQ(found_in(tree).size(), 8U);
  EXPECT_EQ(found_in(tree)[6].exe, "redis-server");
}

TEST(Discovery, KnowsDebiansServerWhoseFileIsAChecker) {
  auto tree = host_with("");
  add_process(tree, {.exe = "/usr/bin/redis-check-rdb", .cmdline = "/usr/bin/redis-server *:6379"});
  add_process(tree, {.pid = 813,
                     .exe = "/usr/bin/valkey-check-rdb",
                     .cmdline = "cache of the shop",
                     .namespace_pids = "813"});
  add_process(tree, {.pid = 814,
                     .exe = "/usr/bin/redis-check-rdb",
                     .cmdline = "/usr/bin/redis-check-rdb /var/lib/redis/dump.rdb"});
  const auto servers = found_in(tree);
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_EQ(servers[0].exe, "redis-server");
  EXPECT_EQ(servers[1].exe, "valkey-server");
}

TEST(Discovery, LeavesOutOtherPrograms) {
  auto tree = host_with("");
  std::int64_t pid = 100;
  for (const std::string exe :
       {"/usr/bin/redis-cli", "/usr/bin/redis-benchmark", "/usr/bin/redis_exporter",
        "/usr/sbin/nginx", "/bin/redis-check-rdb", "/usr/bin/redis-server-exporter"}) {
    add_process(tree, {.pid = ++pid, .exe = exe, .cmdline = exe});
  }
  EXPECT_TRUE(found_in(tree).empty());
}

TEST(Discovery, LeavesOutWhatTheSameFileDoesUnderOtherNames) {
  auto tree = host_with("");
  std::int64_t pid = 100;
  for (const std::string& cmdline :
       {std::string("/usr/bin/redis-sentinel *:26379 [sentinel]"),
        std::string("/usr/bin/redis-server *:26379 [sentinel]"),
        std::string("redis-server\0/etc/redis/sentinel.conf\0--sentinel", 48),
        std::string("redis-check-rdb\0/var/lib/redis/dump.rdb", 39),
        std::string("redis-rdb-bgsave 127.0.0.1:6379"), std::string("redis-aof-rewrite *:6379"),
        std::string("redis-rdb-to-slaves *:6379"), std::string("valkey-rdb-to-replicas *:6379"),
        std::string("redis-module-fork *:6379")}) {
    add_process(tree, {.pid = ++pid, .cmdline = cmdline});
  }
  EXPECT_TRUE(found_in(tree).empty());
}

TEST(Discovery, LeavesOutAChildThatHasNoTitleYet) {
  auto tree = host_with("");
  add_process(tree, {.pid = 812, .sockets = {11}});
  add_process(tree, {.pid = 901, .parent = 812, .namespace_pids = "901"});
  add_sockets(tree, 812, listening(kLoopback, kPort6379, 11));
  add_sockets(tree, 901, listening(kLoopback, kPort6379, 11));
  ASSERT_EQ(found_in(tree).size(), 1U);
  EXPECT_EQ(found_in(tree)[0].pid, 812);
}

TEST(Discovery, KeepsAServerThatAnotherServerStarted) {
  auto tree = host_with("");
  add_process(tree, {.pid = 812, .sockets = {11}});
  add_process(tree, {.pid = 901, .parent = 812, .namespace_pids = "901", .sockets = {12}});
  add_sockets(tree, 812, listening(kLoopback, kPort6379, 11));
  add_sockets(tree, 901, listening(kLoopback, kPort6380, 12));
  EXPECT_EQ(found_in(tree).size(), 2U);
}

TEST(Discovery, FindsAServerInAContainer) {
  auto tree = host_with("");
  add_process(tree, {.exe = "/usr/local/bin/valkey-server",
                     .cmdline = "valkey-server *:6379",
                     .namespace_pids = "812\t1",
                     .sockets = {11, 14},
                     .net = "net:[4026532500]",
                     .mnt = "mnt:[4026532501]",
                     .cwd = "/data"});
  add_sockets(tree, 812, listening(kAny, kPort6379, 11), "",
              "0000000000000000: 00000002 00000000 00010000 0001 01 14 valkey.sock\n");
  tree.write("/proc/812/root/data/valkey.sock", "");
  const auto servers = found_in(tree);
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_FALSE(servers[0].own_network_namespace);
  EXPECT_EQ(servers[0].network_namespace, "/proc/812/ns/net");
  EXPECT_EQ(servers[0].namespace_pid, 1);
  EXPECT_EQ(shown(servers[0]),
            (Urls{"unix:///proc/812/root/data/valkey.sock", "redis://127.0.0.1:6379"}));
}

TEST(Discovery, TakesTheTitleWhereDescriptorsAreHidden) {
  auto tree = host_with("");
  add_process(tree, {.pid = 812, .exe = "", .descriptors = false});
  add_process(tree, {.pid = 813,
                     .cmdline = "/usr/bin/redis-server *:6380 [cluster]",
                     .namespace_pids = "813",
                     .descriptors = false});
  add_process(tree, {.pid = 814,
                     .cmdline = "redis-server unixsocket:/run/r.sock",
                     .namespace_pids = "814",
                     .descriptors = false});
  tree.write("/run/r.sock", "");
  const auto servers = found_in(tree);
  ASSERT_EQ(servers.size(), 3U);
  EXPECT_EQ(shown(servers[0]), (Urls{"redis://127.0.0.1:6379"}));
  EXPECT_EQ(shown(servers[1]), (Urls{"redis://127.0.0.1:6380"}));
  EXPECT_EQ(shown(servers[2]), (Urls{"unix:///run/r.sock"}));
}

TEST(Discovery, LeavesOutTheDeadAndTheNameless) {
  auto tree = host_with("");
  add_process(tree, {.pid = 901, .exe = "", .cmdline = ""});
  tree.write("/proc/902/cmdline", "redis-server");
  EXPECT_TRUE(found_in(tree).empty());
}

TEST(Discovery, SaysWhenThereIsNoProcessTable) {
  const auto tree = tree_of({{"/etc/hostname", "db-1\n"}});
  const auto servers = find_servers(tree.root());
  ASSERT_FALSE(servers.has_value());
  EXPECT_EQ(servers.error().code, Errc::not_found);
}

}  // namespace
}  // namespace forkmend::redis
