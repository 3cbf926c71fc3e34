// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What the agent costs and how fast it is, each figure with its goal beside it. See ../README.md.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "base/log.hpp"
#include "bench/agent/measures.hpp"
#include "integration/agent_in_process.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

Servers start_servers(std::size_t count) {
  Servers servers;
  servers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    servers.push_back(std::make_unique<RedisServer>(ordinary_server()));
    servers.back()->call({"SET", "order:1", "paid"});
  }
  return servers;
}

/// Thousands of sockets.
void raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const Setting& setting) {
  log::set_level(log::Level::error);
  raise_file_limit();
  const Servers servers = start_servers(setting.servers);
  std::printf("%zu servers and %zu scripted peers, %d s; load %s", setting.servers,
              setting.scripted, setting.seconds, read_file("/proc/loadavg").c_str());
  Goals goals;
  const auto wanted = [&](const char* measure) {
    return setting.measure == measure || setting.measure == "all";
  };
  if (wanted("cost")) measure_cost(setting, servers, goals);
  if (wanted("scale") && setting.scripted > 0) measure_scale(setting, servers, goals);
  if (wanted("server")) measure_server_side(servers, goals);
  if (wanted("growth")) measure_growth(setting, servers, goals);
  if (wanted("latency")) measure_latency(servers, goals);
  if (wanted("replica")) measure_replica(goals);
  std::printf("\n%d goals missed\n", goals.missed());
  return goals.missed() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace forkmend::testing

int main(int argc, char** argv) {
  CLI::App app("What the agent costs, and how fast it is");
  forkmend::testing::Setting setting;
  app.add_option("--servers", setting.servers, "real ones")->check(CLI::Range(1, 1000));
  app.add_option("--scripted", setting.scripted, "peers of which the scale is measured")
      ->check(CLI::Range(0, 20000));
  app.add_option("--seconds", setting.seconds, "of polling")->check(CLI::Range(1, 3600));
  app.add_option("--script", setting.script, "a check to compare with, called with a port")
      ->check(CLI::ExistingFile);
  app.add_option("--measure", setting.measure, "one alone")
      ->check(CLI::IsMember({"all", "cost", "scale", "server", "growth", "latency", "replica"}));
  CLI11_PARSE(app, argc, argv);
  try {
    return forkmend::testing::run(setting);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "agent-bench: %s\n", failure.what());
    return 2;
  }
}
