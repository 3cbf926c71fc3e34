// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Real servers: what BGSAVE comes to, against the forecast.
#include <cerrno>
#include <chrono>

#include "forecast/forecast.hpp"
#include "host/facts.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "trial.hpp"

namespace forkmend::bench {

namespace {

/// What the server logged of a fork that failed.
int logged_errno(const testing::RedisServer& server) {
  const std::string log = testing::read_file(server.log_file());
  if (log.find("Cannot allocate memory") != std::string::npos) return ENOMEM;
  return log.find("Resource temporarily unavailable") != std::string::npos ? EAGAIN : -1;
}

Outcome save(const testing::RedisServer& server) {
  const std::string answer = server.call({"BGSAVE"});
  if (answer.starts_with("Background saving started")) return {};
  return {.died = false, .error_number = logged_errno(server)};
}

}  // namespace

Made run_server_trial(Random& random, HostKnobs& knobs, Scoreboard& board) {
  knobs.set_mode(static_cast<int>(between(random, 0, 1)));
  testing::ServerOptions options;
  options.run_as = testing::ordinary_user();
  options.arguments = {"--save", ""};
  const testing::RedisServer server(options);
  server.call({"SET", "order:1", "paid"});
  const host::Root root;
  FactSet facts = host::host_facts(root);
  const FactSet host = facts;
  const auto tasks = host::process_facts(root, server.pid(), host).integer("instance.uid_tasks");
  const bool by_nproc = tasks && chance(random, 50);
  if (by_nproc) {
    testing::set_nproc(server.pid(), std::to_string(*tasks + between(random, -1, 2)) + ":");
  } else {
    write_knob(knobs.inner() + "/pids.max", "max");
    write_knob(knobs.outer() + "/pids.max", "max");
    write_knob(knobs.inner() + "/cgroup.procs", std::to_string(server.pid()));
    const std::int64_t current = read_knob(knobs.inner() + "/pids.current");
    write_knob(knobs.inner() + "/pids.max", std::to_string(current + between(random, -1, 2)));
  }
  facts.merge(host::process_facts(root, server.pid(), host));
  const auto forecast = forecast::forecast_fork(facts);
  const auto* rule = forecast.find(forecast.binding_rule);
  Trial trial = predicted(forecast, by_nproc ? "NPROC" : "PIDS");
  trial.rule = "server " + trial.rule;
  trial.outcome = save(server);
  record(board, trial, "a server: " + (rule != nullptr ? rule->says : ""));
  return Made::yes;
}

}  // namespace forkmend::bench
