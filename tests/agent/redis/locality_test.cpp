// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "process_tree.hpp"
#include "redis/discovery.hpp"

namespace forkmend::redis {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

ServerIdentity called(std::int64_t process_id) {
  ServerIdentity identity;
  identity.process_id = process_id;
  return identity;
}

Endpoint tcp(std::string host, std::uint16_t port = 6379) {
  return {.transport = Transport::tcp, .host = std::move(host), .port = port};
}

void expect_unproven(const Locality& locality, std::string_view why) {
  EXPECT_FALSE(locality.local);
  EXPECT_EQ(locality.pid, 0);
  EXPECT_NE(locality.because.find(why), std::string::npos) << locality.because;
}

TEST(Locality, IsProvenByTheSocketAndTheServersOwnNumber) {
  auto tree = host_with(listening(kLoopback, kPort6379, 11));
  add_process(tree, {.sockets = {11}});
  const Locality found = prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0);
  EXPECT_TRUE(found.local) << found.because;
  EXPECT_EQ(found.pid, 812);
  EXPECT_EQ(found.start_time, 5000U);
  EXPECT_EQ(found.because,
            "the listening socket of redis://127.0.0.1:6379 belongs to redis-server, process 812, "
            "which calls itself 812 as the server does");
}

TEST(Locality, HoldsForDebiansServerWhoseFileIsAChecker) {
  auto tree = host_with(listening(kLoopback, kPort6379, 11));
  add_process(tree, {.exe = "/usr/bin/redis-check-rdb", .sockets = {11}});
  const Locality found = prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0);
  EXPECT_TRUE(found.local) << found.because;
  EXPECT_NE(found.because.find("redis-server, process 812"), std::string::npos);
}

TEST(Locality, HoldsForTlsAndForLocalhost) {
  auto tree = host_with(listening(kLoopback, kPort6379, 11));
  add_process(tree, {.sockets = {11}});
  Endpoint secure = tcp("127.0.0.1");
  secure.transport = Transport::tls;
  EXPECT_TRUE(prove_locality(tree.root(), secure, called(812), 0).local);
  EXPECT_TRUE(prove_locality(tree.root(), tcp("localhost"), called(812), 0).local);
  EXPECT_TRUE(prove_locality(tree.root(), tcp("::ffff:127.0.0.1"), called(812), 0).local);
}

TEST(Locality, CountsWildcardListeners) {
  auto tree = host_with(listening(kAny, kPort6379, 11));
  add_process(tree, {.sockets = {11}});
  EXPECT_TRUE(prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0).local);
  EXPECT_TRUE(prove_locality(tree.root(), tcp("127.8.9.10"), called(812), 0).local);
}

TEST(Locality, CountsDualStackListeners) {
  auto tree = host_with("", listening(kAny6, kPort6379, 11));
  add_process(tree, {.sockets = {11}});
  EXPECT_TRUE(prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0).local);
  EXPECT_TRUE(prove_locality(tree.root(), tcp("::1"), called(812), 0).local);
  auto mapped = host_with("", listening(kMappedLoopback, kPort6379, 11));
  add_process(mapped, {.sockets = {11}});
  EXPECT_TRUE(prove_locality(mapped.root(), tcp("127.0.0.1"), called(812), 0).local);
}

TEST(Locality, HoldsForIpv6) {
  auto tree = host_with("", listening(kLoopback6, kPort6379, 11));
  add_process(tree, {.sockets = {11}});
  EXPECT_TRUE(prove_locality(tree.root(), tcp("::1"), called(812), 0).local);
  EXPECT_TRUE(prove_locality(tree.root(), tcp("0:0:0:0:0:0:0:1"), called(812), 0).local);
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0),
                  "nothing on this host listens there");
}

TEST(Locality, CountsTheHostsOtherAddressesOnlyWhenTheyAreItsOwn) {
  auto tree = host_with(listening(kAny, kPort6379, 11) + listening(kLan, kPort6380, 12));
  add_process(tree, {.sockets = {11, 12}});
  expect_unproven(prove_locality(tree.root(), tcp("10.0.0.5"), called(812), 0),
                  "is not an address of this host");
  tree.write("/proc/self/net/fib_trie",
             "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.0.5\n        /32 host LOCAL\n"
             "     |-- 10.0.0.9\n        /32 link UNICAST\n");
  tree.write("/proc/self/net/if_inet6", "fd000000000000000000000000000005 02 40 00 80     eth0\n");
  EXPECT_TRUE(prove_locality(tree.root(), tcp("10.0.0.5"), called(812), 0).local);
  EXPECT_TRUE(prove_locality(tree.root(), tcp("10.0.0.5", 6380), called(812), 0).local);
  expect_unproven(prove_locality(tree.root(), tcp("10.0.0.9"), called(812), 0),
                  "is not an address of this host");
  expect_unproven(prove_locality(tree.root(), tcp("fd00::5"), called(812), 0), "listens");
  expect_unproven(prove_locality(tree.root(), tcp("fd00::6"), called(812), 0), "not an address");
}

TEST(Locality, MapsThePidOfAContainerThatSharesOurNetwork) {
  auto tree = host_with(listening(kAny, kPort6379, 11));
  add_process(tree, {.namespace_pids = "812\t7\t1", .sockets = {11}});
  EXPECT_TRUE(prove_locality(tree.root(), tcp("127.0.0.1"), called(1), 0).local);
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), called(7), 0),
                  "calls itself 7, not 1");
}

TEST(Locality, IsNotProvenThroughAProxy) {
  auto tree = host_with(listening(kLoopback, kPort6379, 11));
  add_process(tree, {.pid = 77,
                     .comm = "haproxy",
                     .exe = "/usr/sbin/haproxy",
                     .cmdline = "haproxy -f x",
                     .namespace_pids = "77",
                     .sockets = {11}});
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), called(77), 0),
                  "haproxy, process 77, which is no server: a proxy?");
  // Even when a server on this host happens to have the number of the one behind the proxy.
  add_process(tree, {.pid = 812, .sockets = {12}});
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0), "haproxy");
}

TEST(Locality, IsNotProvenWhenAnotherServerAnswers) {
  auto tree = host_with(listening(kLoopback, kPort6379, 11));
  add_process(tree, {.sockets = {11}});
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), called(4321), 0),
                  "the server that answers calls itself 4321, not 812");
}

TEST(Locality, PrefersTheSocketOfTheAddressItself) {
  auto tree = host_with(listening(kAny, kPort6379, 11) + listening(kLoopback, kPort6379, 12));
  add_process(tree, {.pid = 812, .sockets = {11}});
  add_process(tree, {.pid = 77,
                     .comm = "socat",
                     .exe = "/usr/bin/socat",
                     .cmdline = "socat",
                     .namespace_pids = "77",
                     .sockets = {12}});
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0), "socat");
}

TEST(Locality, IgnoresTheChildThatStillHoldsTheSocket) {
  auto tree = host_with(listening(kLoopback, kPort6379, 11));
  add_process(tree, {.pid = 700, .parent = 812, .namespace_pids = "700", .sockets = {11}});
  add_process(tree, {.pid = 812, .sockets = {11}});
  EXPECT_EQ(prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0).pid, 812);
}

TEST(Locality, NeedsAnAddressAndAListenerAndANumber) {
  auto tree = host_with(listening(kLoopback, kPort6379, 11));
  add_process(tree, {.sockets = {11}});
  expect_unproven(prove_locality(tree.root(), tcp("db-1.example"), called(812), 0), "host name");
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1", 6380), called(812), 0),
                  "nothing on this host listens there");
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), ServerIdentity(), 0),
                  "INFO tells no process_id");
}

TEST(Locality, SaysWhatCannotBeRead) {
  auto tree = host_with(listening(kLoopback, kPort6379, 11));
  add_process(tree, {.exe = "", .sockets = {11}});
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), called(812), 0),
                  "executable unreadable");
  auto hidden = host_with(listening(kLoopback, kPort6379, 11));
  add_process(hidden, {.descriptors = false});
  expect_unproven(prove_locality(hidden.root(), tcp("127.0.0.1"), called(812), 0),
                  "no process that we can see holds");
  const auto empty = tree_of({{"/etc/hostname", "db-1\n"}});
  EXPECT_FALSE(prove_locality(empty.root(), tcp("127.0.0.1"), called(812), 0).local);
}

TEST(Locality, IsProvenForAUnixSocketByItsPeer) {
  auto tree = host_with("");
  add_process(tree, {.namespace_pids = "812\t1"});
  add_process(tree, {.pid = 77, .comm = "socat", .exe = "/usr/bin/socat", .cmdline = "socat"});
  const Endpoint socket{.transport = Transport::unix_socket, .host = "/run/r.sock", .port = 0};
  EXPECT_EQ(prove_locality(tree.root(), socket, called(1), 812).pid, 812);
  expect_unproven(prove_locality(tree.root(), socket, called(812), 812), "calls itself 812, not 1");
  expect_unproven(prove_locality(tree.root(), socket, called(77), 77), "socat");
  expect_unproven(prove_locality(tree.root(), socket, called(1), 0), "names no peer");
  expect_unproven(prove_locality(tree.root(), socket, called(1), 999), "not to be seen");
}

TEST(Locality, IsProvenInsideTheNamespaceThatWasEntered) {
  auto tree = host_with("");
  add_process(tree, {.namespace_pids = "812\t1", .sockets = {11}, .net = "net:[4026532500]"});
  add_sockets(tree, 812, listening(kAny, kPort6379, 11));
  expect_unproven(prove_locality(tree.root(), tcp("127.0.0.1"), called(1), 0),
                  "nothing on this host listens there");
  EXPECT_EQ(prove_locality_inside(tree.root(), tcp("127.0.0.1"), called(1), 812).pid, 812);
  expect_unproven(prove_locality_inside(tree.root(), tcp("127.0.0.1"), called(1), 900), "");
  const Endpoint socket{.transport = Transport::unix_socket, .host = "/run/r.sock", .port = 0};
  expect_unproven(prove_locality_inside(tree.root(), socket, called(1), 812), "network namespace");
}

}  // namespace
}  // namespace forkmend::redis
