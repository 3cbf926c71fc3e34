// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What a look at many servers costs, as whole processes of forkmend: each command over one server
// and over all of them, and how much a further server adds. See ../README.md.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

std::string program() {
  const char* path = std::getenv("FORKMEND_PROGRAM");
  if (path == nullptr) throw std::runtime_error("FORKMEND_PROGRAM does not name the program");
  return path;
}

struct Cost {
  double wall = 0;  ///< ms
  double cpu = 0;   ///< ms, user and system
};

double cpu_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

Cost run_once(const std::vector<std::string>& argv) {
  const double before = cpu_of_children();
  const auto begin = std::chrono::steady_clock::now();
  const auto result = run_program(argv);
  const Milliseconds wall = std::chrono::steady_clock::now() - begin;
  if (result.exit_code < 0 || result.out.empty()) {
    throw std::runtime_error(argv[1] + " gave nothing: " + result.err);
  }
  return {wall.count(), cpu_of_children() - before};
}

/// The median of some runs, by wall time.
Cost measure(const std::vector<std::string>& argv, int runs) {
  std::vector<Cost> all;
  all.reserve(static_cast<std::size_t>(runs));
  for (int run = 0; run < runs; ++run) all.push_back(run_once(argv));
  std::ranges::sort(all, {}, &Cost::wall);
  return all[all.size() / 2];
}

void print_row(const std::string& command, const RedisServer& one, std::size_t count, int runs) {
  const Cost single = measure({program(), command, "--json", "-i", one.url()}, runs);
  const Cost all = measure({program(), command, "--json"}, runs);
  const double each = count > 1 ? (all.cpu - single.cpu) / static_cast<double>(count - 1) : 0;
  std::printf("| %s | %.0f ms | %.0f ms | %.0f ms | %.2f ms | %.3f |\n", command.c_str(),
              single.wall, all.wall, all.cpu, each, each / single.cpu);
}

int run(std::size_t count, int runs) {
  std::vector<std::unique_ptr<RedisServer>> servers;
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", ""};
  servers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    servers.push_back(std::make_unique<RedisServer>(options));
  }
  std::printf("%zu servers, median of %d runs\n\n", count, runs);
  std::printf("| command | one server | all | CPU of all | CPU a further one | of the first |\n");
  std::printf("|---|---|---|---|---|---|\n");
  for (const std::string command : {"forecast", "diagnose", "audit", "facts"}) {
    print_row(command, *servers.front(), count, runs);
  }
  return 0;
}

}  // namespace
}  // namespace forkmend::testing

int main(int argc, char** argv) {
  CLI::App app("What a look at many servers costs");
  std::size_t servers = 100;
  int runs = 5;
  app.add_option("--servers", servers, "how many to start")->check(CLI::Range(1, 1000));
  app.add_option("--runs", runs, "of each command")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  return forkmend::testing::run(servers, runs);
}
