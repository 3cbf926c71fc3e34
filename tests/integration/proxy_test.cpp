// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What a server says is a claim: behind a proxy on loopback it is not proven to be a process of
// this host, and nothing of the host is changed for it.
#include <gtest/gtest.h>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

constexpr const char* kForwarder = R"(
import socket, sys, threading
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("up", file=open(sys.argv[3], "w"), flush=True)
def pump(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)
while True:
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    for pair in ((client, server), (server, client)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
)";

TEST(Proxy, AServerBehindAProxyGetsNoChange) {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  const RedisServer server(options);
  refuse_forks_by_nproc(server.pid());
  const std::string broken = nproc_limits(server.pid());
  server.save_that_fails();

  const TempDir dir;
  const int port = free_port();
  const std::string ready = (dir.path() / "ready").string();
  const pid_t forwarder = start_program(
      {"python3", "-c", kForwarder, std::to_string(port), std::to_string(server.port()), ready});
  ASSERT_TRUE(wait_for_text(ready, "up", std::chrono::seconds(20)));

  const Forkmend forkmend;
  int exit_code = -1;
  const auto document = forkmend.json(
      {"fix", "--yes", "-i", "redis://127.0.0.1:" + std::to_string(port)}, &exit_code);
  end_program(forwarder);
  EXPECT_EQ(exit_code, 14) << document;
  EXPECT_EQ(at_path(document, "instances.0.local"), "false");
  EXPECT_EQ(at_path(document, "instances.0.plan.steps"), "[]");
  EXPECT_EQ(at_path(document, "instances.0.forecast.verdict"), "unknown");
  EXPECT_EQ(nproc_limits(server.pid()), broken);
}

}  // namespace
}  // namespace forkmend::testing
