// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What the agent costs, against the least that polling can cost, an exporter and a shell script,
// all over the same servers in one run. See ../README.md.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "bench/agent/crowd.hpp"
#include "bench/agent/exporter.hpp"
#include "bench/agent/floor.hpp"
#include "integration/agent_lab.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {
namespace {

struct Setting {
  std::size_t servers = 10;
  std::size_t scripted = 0;
  int seconds = 5;
  std::string script;
};

using Servers = std::vector<std::unique_ptr<RedisServer>>;

Servers start_servers(std::size_t count) {
  Servers servers;
  servers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    servers.push_back(std::make_unique<RedisServer>(ordinary_server()));
    servers.back()->call({"SET", "order:1", "paid"});
  }
  return servers;
}

std::uint64_t polls_of(const RunningAgent& agent, const std::vector<std::string>& urls) {
  std::uint64_t polls = 0;
  for (const std::string& url : urls) polls += agent.instance(url).cost.polls;
  return polls;
}

std::string resident() {
  const std::string status = read_file("/proc/self/status");
  for (const auto line : lines_of(status)) {
    if (line.starts_with("VmRSS:")) return std::string(trim(line.substr(6)));
  }
  return "?";
}

double share(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

/// Polls each second, as it is by default, with everything else that the agent does beside.
double measure_agent(const std::vector<std::string>& urls, int seconds) {
  RunningAgent agent(urls, "schema = 1\nmode = \"observe\"\n", [](daemon::AgentOptions& options) {
    options.interval = std::chrono::seconds(1);
    options.headroom = std::chrono::seconds(10);
  });
  const auto watched = [&] {
    return std::ranges::all_of(urls, [&](const std::string& url) {
      const auto found = agent.instances().find(url);
      return found != agent.instances().end() && found->second.cost.polls > 0;
    });
  };
  if (!agent.wait_until(watched, std::chrono::seconds(120))) {
    throw std::runtime_error("not all servers are watched");
  }
  const auto polls = polls_of(agent, urls);
  const auto cpu = thread_cpu();
  rusage before{};
  getrusage(RUSAGE_THREAD, &before);
  const auto begin = std::chrono::steady_clock::now();
  const std::chrono::seconds span(seconds);
  (void)agent.wait_until([&] { return std::chrono::steady_clock::now() - begin > span; },
                         span + std::chrono::seconds(60));
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const auto used = static_cast<double>((thread_cpu() - cpu).count());
  rusage after{};
  getrusage(RUSAGE_THREAD, &after);
  const auto made = static_cast<double>(polls_of(agent, urls) - polls);
  const auto waits = static_cast<double>(after.ru_nvcsw - before.ru_nvcsw);
  std::printf("agent: %.1f %% of a core, %.1f wakeups and %.1f polls a second, RSS %s\n",
              used / 1e4 / wall.count(), waits / wall.count(), made / wall.count(),
              resident().c_str());
  return share(used, made);
}

double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto last = static_cast<double>(values.size() - 1);
  return values.at(static_cast<std::size_t>(part * last + 0.5));
}

/// One failed fork on each server: from the server's own time of it (in ms) to the agent's having
/// it.
void measure_detection(const Servers& servers) {
  std::vector<double> noticed;
  for (const auto& server : servers) refuse_forks_by_nproc(server->pid());
  for (const auto& server : servers) {
    RunningAgent agent({server->url()});
    if (!agent.wait_until_watched(server->url())) continue;
    const pid_t asking =
        start_program({"redis-cli", "-p", std::to_string(server->port()), "BGSAVE"});
    const auto* news =
        agent.wait_for_incident([](const auto& one) { return !one.failures.empty(); });
    end_program(asking);
    if (news == nullptr || !news->detection_delay) continue;
    noticed.push_back(static_cast<double>(news->detection_delay->count()) / 1e3);
  }
  std::printf("\n| from the log line's time (ms), %zu failures | p50 | p99 |\n|---|---|---|\n",
              noticed.size());
  std::printf("| noticed | %.1f | %.1f |\n", percentile(noticed, 0.5), percentile(noticed, 0.99));
}

void print_row(const char* what, double cpu, double agent) {
  std::printf("| %s | %.1f us | %.3f |\n", what, cpu, share(agent, cpu));
}

int run(const Setting& setting) {
  log::set_level(log::Level::error);
  const Servers servers = start_servers(setting.servers);
  const Crowd crowd(setting.scripted, servers.front()->call({"INFO", "persistence"}) + "\r\n");
  std::vector<std::string> urls;
  std::vector<int> real;
  for (const auto& server : servers) {
    urls.push_back(server->url());
    real.push_back(server->port());
  }
  std::vector<int> all = real;
  for (const int port : crowd.ports()) {
    urls.push_back("redis://127.0.0.1:" + std::to_string(port));
    all.push_back(port);
  }
  std::printf("%zu servers and %zu scripted peers, %d s; load %s\n", setting.servers,
              setting.scripted, setting.seconds, read_file("/proc/loadavg").c_str());
  const double floor = floor_of_poll(all, setting.seconds);
  const double agent = measure_agent(urls, setting.seconds);
  std::printf(
      "\n| one check of one server | CPU | the agent is so many times that |\n|---|---|---|\n");
  print_row("the agent, with all it does", agent, agent);
  print_row("the same request on bare sockets", floor, agent);
  if (const auto exporter = cpu_of_scrape(real)) print_row("redis_exporter", *exporter, agent);
  if (!setting.script.empty()) {
    print_row("the shell script", cpu_of_script(setting.script, real), agent);
  }
  measure_detection(servers);
  return 0;
}

}  // namespace
}  // namespace forkmend::testing

int main(int argc, char** argv) {
  CLI::App app("What the agent costs");
  forkmend::testing::Setting setting;
  app.add_option("--servers", setting.servers, "real ones")->check(CLI::Range(1, 1000));
  app.add_option("--scripted", setting.scripted, "peers beside them")->check(CLI::Range(0, 20000));
  app.add_option("--seconds", setting.seconds, "of polling")->check(CLI::Range(1, 3600));
  app.add_option("--script", setting.script, "a check to compare with, called with a port")
      ->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  return forkmend::testing::run(setting);
}
