// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Every command's JSON is held to the schema file.
#include <gtest/gtest.h>

#include "integration/json_schema.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

TEST(Schema, HoldsForEveryCommand) {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  const RedisServer server(options);
  refuse_forks_by_nproc(server.pid());
  server.save_that_fails();
  const Forkmend forkmend(ordinary_user());
  const std::vector<std::vector<std::string>> commands = {
      {"diagnose"},
      {"diagnose", "--big-keys", "--key-names"},
      {"forecast"},
      {"audit"},
      {"facts"},
      {"capture", forkmend.state_dir() + "-bundle"},
      {"policy", "explain"},
      {"policy", "show"},
      {"policy", "check", forkmend.policy("schema = 2\nmood = \"x\"\n")},
      {"remedies"},
      {"remedies", "show", "thp"},
      {"fix", "--dry-run"},
      {"fix", "--yes"},
      {"history"},
      {"history", "remedies"},
      {"status", "pause", "--for", "1s", "--reason", "x"},
      {"status"},
      {"status", "resume"},
      {"rollback", "--all", "--dry-run"},
      {"rollback", "--all"},
      {"agent", "--once", "--mode", "observe"},
  };
  for (auto words : commands) {
    std::string name;
    for (const auto& word : words) name += word + " ";
    words.insert(words.begin(), {"--json", "-i", server.url()});
    expect_valid(name, forkmend.run(words).out);
  }
  const auto history = forkmend.run({"--json", "history"}).out;
  const auto at = history.find("\"id\":\"i-");
  ASSERT_NE(at, std::string::npos) << history;
  const std::string id = history.substr(at + 6, history.find('"', at + 6) - at - 6);
  expect_valid("ack", forkmend.run({"--json", "status", "ack", id, "--comment", "x"}).out);
  expect_valid("history show", forkmend.run({"--json", "history", "show", id}).out);
}

}  // namespace
}  // namespace forkmend::testing
