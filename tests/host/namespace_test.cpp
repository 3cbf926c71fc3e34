// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A server at an address outside our network namespace: not proven to be ours, no host change.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

/// A network namespace with an address that this host reaches over a veth pair.
class OtherNetwork {
 public:
  OtherNetwork() {
    end();
    ip({"netns", "add", "forkmend-test"});
    ip({"link", "add", "fm-test0", "type", "veth", "peer", "name", "fm-test1", "netns",
        "forkmend-test"});
    ip({"addr", "add", "10.213.87.1/30", "dev", "fm-test0"});
    ip({"link", "set", "fm-test0", "up"});
    ip({"-n", "forkmend-test", "addr", "add", "10.213.87.2/30", "dev", "fm-test1"});
    ip({"-n", "forkmend-test", "link", "set", "fm-test1", "up"});
    ip({"-n", "forkmend-test", "link", "set", "lo", "up"});
  }
  ~OtherNetwork() { end(); }
  OtherNetwork(const OtherNetwork&) = delete;
  OtherNetwork& operator=(const OtherNetwork&) = delete;

 private:
  static void ip(std::vector<std::string> words) {
    words.insert(words.begin(), "ip");
    const auto result = run_program(words);
    if (result.exit_code != 0) throw std::runtime_error("ip: " + result.err);
  }
  static void end() {
    (void)run_program({"ip", "link", "del", "fm-test0"});
    (void)run_program({"ip", "netns", "del", "forkmend-test"});
  }
};

/// A server run by an ordinary user inside that namespace.
ServerOptions inside(std::vector<std::string> arguments) {
  ServerOptions options;
  options.prefix = {"ip",      "netns",         "exec",          "forkmend-test",
                    "setpriv", "--reuid=60123", "--regid=60123", "--clear-groups",
                    "--"};
  options.arguments = std::move(arguments);
  options.owner = ordinary_user();
  return options;
}

TEST(Namespace, AServerInAnotherNetworkNamespaceGetsNoHostChange) {
  const HostGuard guard;
  const OtherNetwork network;
  const RedisServer server(
      inside({"--save", "3600 1", "--bind", "10.213.87.2", "--protected-mode", "no"}));
  refuse_forks_by_nproc(server.pid());
  const std::string broken = nproc_limits(server.pid());
  server.save_that_fails();
  const auto before = host_snapshot();

  const Forkmend forkmend;
  int exit_code = -1;
  const auto document = forkmend.json(
      {"fix", "--yes", "-i", "redis://10.213.87.2:" + std::to_string(server.port())}, &exit_code);
  EXPECT_EQ(exit_code, 14) << document;
  EXPECT_EQ(at_path(document, "instances.0.failing"), "true");
  EXPECT_EQ(at_path(document, "instances.0.local"), "false");
  EXPECT_EQ(at_path(document, "instances.0.plan.steps"), "[]");
  EXPECT_EQ(nproc_limits(server.pid()), broken);
  EXPECT_EQ(difference(before, host_snapshot()), "");
}

TEST(Namespace, DiscoveryReachesAServerInsideIt) {
  // Found in the process table: that is proof, and forkmend connects from inside the namespace.
  const HostGuard guard;
  const OtherNetwork network;
  const RedisServer server(inside({"--save", "3600 1"}));
  std::filesystem::remove(server.directory() + "/redis.sock");
  const Forkmend forkmend;
  int exit_code = -1;
  const auto document = forkmend.json({"diagnose"}, &exit_code);
  bool found = false;
  for (const auto& instance : document.at("instances").as_array()) {
    found = found || at_path(instance.as_object(), "pid") == std::to_string(server.pid());
  }
  EXPECT_TRUE(found) << document;
}

}  // namespace
}  // namespace forkmend::testing
