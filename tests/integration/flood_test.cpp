// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A server that writes ten thousand failures a second into its log, and another one whose failure
// is to be noticed meanwhile.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "base/text.hpp"
#include "integration/agent_program.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int kLinesASecond = 10000;
constexpr int kBatches = 50;  ///< a second

ServerOptions a_server_of_the_flood() {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  return options;
}

/// Appends to the server's log at that rate, and does `half_way` once in the middle.
void flood_log(const RedisServer& server, seconds length, const std::function<void()>& half_way) {
  std::string batch;
  for (int line = 0; line < kLinesASecond / kBatches; ++line) {
    batch += std::to_string(server.pid()) +
             ":M 25 Nov 2025 10:00:00.123 # Can't save in background: fork: Resource temporarily "
             "unavailable\n";
  }
  std::ofstream log(server.log_file(), std::ios::app);
  const auto begin = SteadyClock::now();
  const int all = static_cast<int>(length.count()) * kBatches;
  for (int i = 0; i < all; ++i) {
    log << batch << std::flush;
    if (i == all / 2) half_way();
    std::this_thread::sleep_until(begin + milliseconds(1000 / kBatches) * (i + 1));
  }
}

long status_kib(pid_t pid, const std::string& field) {
  const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
  for (const auto line : lines_of(status)) {
    if (line.starts_with(field + ":")) return std::stol(std::string(line.substr(field.size() + 1)));
  }
  return 0;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(LogFlood, NeitherFillsTheAgentNorHidesAnotherServersFailure) {
  const RedisServer flooded(a_server_of_the_flood());
  const RedisServer other(a_server_of_the_flood());
  AgentProgram agent;
  // Polls cannot tell of it: they come once an hour.
  agent.configure(
      "schema = 1\nmode = \"observe\"\ndiscovery.enabled = false\n[poll]\ninterval = \"1h\"\n"
      "[control]\nsocket = \"SOCKET\"\n[[instance]]\nurl = \"" +
      flooded.url() + "\"\n[[instance]]\nurl = \"" + other.url() + "\"\n");
  agent.start();
  ASSERT_TRUE(wait_for_text(agent.log_file(), other.url() + ": watched", seconds(30)));
  ASSERT_TRUE(wait_for_text(agent.log_file(), flooded.url() + ": watched", seconds(30)));
  const long before = status_kib(agent.pid(), "VmRSS");
  SteadyClock::time_point broken;
  flood_log(flooded, seconds(4), [&] {
    refuse_forks_by_nproc(other.pid());
    broken = SteadyClock::now();
    other.save_that_fails();
    EXPECT_TRUE(wait_for_text(agent.log_file(), other.url() + ": a save fails", seconds(20)));
    EXPECT_LT(SteadyClock::now() - broken, seconds(3));
  });
  const std::string log = agent.log();
  EXPECT_TRUE(log.find(other.url() + ": a save fails, cause nproc-limit") != std::string::npos);
  EXPECT_EQ(occurrences(log, flooded.url() + ": a save fails"), 0U)
      << "a line in a log is a claim: INFO says that its saves work";
  EXPECT_LT(status_kib(agent.pid(), "VmHWM"), before + 16384);
  EXPECT_EQ(agent.stop(), 0);
}

}  // namespace
}  // namespace forkmend::testing
