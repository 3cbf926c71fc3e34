// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <map>
#include <optional>
#include <stdexcept>

#include "bench/agent/measures.hpp"
#include "bench/agent/outside.hpp"
#include "engine/database.hpp"
#include "integration/agent_in_process.hpp"
#include "redis/server_log.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

constexpr const char* kHealAll = R"(
schema = 1
mode = "heal"
[rails]
max_incidents_per_hour = 1000
same_cause_limit = 1000
[[rule]]
name = "task limit"
cause = ["nproc-limit"]
first_aid = ["guard-replica"]
try = [{ remedy = "nproc-limit", to = "auto" }]
)";

/// Milliseconds since the epoch.
double ms_of(WallTime time) {
  return std::chrono::duration<double, std::milli>(time.time_since_epoch()).count();
}

double percentile(std::vector<double> values, double part) {
  if (values.empty()) return NAN;
  std::ranges::sort(values);
  const auto last = static_cast<double>(values.size() - 1);
  return values.at(static_cast<std::size_t>(std::ceil(part * last)));
}

/// When the server wrote the last line of that kind, by its own clock.
std::optional<double> said_at(const RedisServer& server, redis::LogEventKind kind) {
  const std::string text = read_file(server.log_file());
  const auto clock = redis::clock_of_log(text, std::time(nullptr));
  std::optional<double> at;
  for (const auto& event : redis::parse_log_events(text, server.log_file(), clock)) {
    if (event.kind == kind && event.at) at = ms_of(*event.at);
  }
  return at;
}

/// In ms from the failure on.
struct Delays {
  std::vector<double> read;  ///< the line in the log
  std::vector<double> opened;
  std::vector<double> first_step;
  std::vector<double> verified;  ///< beyond the save's own time
};

/// When the journal's last change was made.
double last_change(const std::string& state_dir) {
  const auto journal =
      engine::Database::open(state_dir + "/journal.db", engine::Database::Access::read_only);
  if (!journal) throw std::runtime_error(journal.error().message);
  const auto at = journal->integer_of("SELECT max(at) FROM change");
  if (!at) throw std::runtime_error(at.error().message);
  return static_cast<double>(*at) / 1e3;
}

/// Of the newest incident of each server.
struct Seen {
  double delay = NAN;  ///< until the line was read
  double opened = 0;
  double closed = 0;
  std::string state;
};

void take_delays(const RedisServer& server, const Seen& seen, const std::string& state_dir,
                 Delays& delays) {
  using Kind = redis::LogEventKind;
  const auto failed = said_at(server, Kind::save_fork_failed);
  const auto started = said_at(server, Kind::save_started);
  const auto saved = said_at(server, Kind::save_ok);
  if (!failed || !started || !saved || seen.state != "healed") {
    throw std::runtime_error(server.url() + " is not healed: " + seen.state);
  }
  delays.read.push_back(seen.delay);
  delays.opened.push_back(seen.opened - *failed);
  delays.first_step.push_back(last_change(state_dir) - *failed);
  delays.verified.push_back(seen.closed - *failed - (*saved - *started));
}

Delays fail_each(const Servers& servers) {
  const TempDir state;
  const ForkRefuser outside;
  std::map<std::string, Seen> seen;
  std::vector<std::string> urls;
  urls.reserve(servers.size());
  for (const auto& server : servers) urls.push_back(server->url());
  AgentInProcess agent(urls, kHealAll, [&](daemon::AgentOptions& options) {
    options.state_dir = state.path() / "state";
    options.targets.state_dir = options.state_dir;
    options.on_incident = [&seen](const daemon::IncidentNews& news) {
      Seen& one = seen[news.endpoint];
      const double now = ms_of(read_clock().wall);
      one.state = news.state;
      if (one.opened == 0) one.opened = now;
      if (news.detection_delay) {
        one.delay = std::chrono::duration<double, std::milli>(*news.detection_delay).count();
      }
      if (news.closed) one.closed = now;
    };
  });
  Delays delays;
  for (const auto& server : servers) {
    if (!agent.wait_until_watched(server->url())) throw std::runtime_error("not watched");
  }
  for (const auto& server : servers) {
    outside.refuse(server->pid());
    const SaveRequest request(server->port());
    const bool over = agent.wait_until([&] { return seen[server->url()].closed != 0; });
    if (!over) throw std::runtime_error("no incident of " + server->url() + " has ended");
    // One failure at a time: what it looks like afterwards is looked at, too.
    const bool calm = agent.wait_until([&] { return !agent.instance(server->url()).failing; });
    if (!calm) throw std::runtime_error(server->url() + " goes on failing");
    take_delays(*server, seen[server->url()], state.path() / "state", delays);
  }
  return delays;
}

}  // namespace

void measure_latency(const Servers& servers, Goals& goals) {
  const Delays delays = fail_each(servers);
  goals.section("From the line in the server's log, " + std::to_string(servers.size()) +
                " refused forks");
  goals.tell("the line is read, p50", percentile(delays.read, 0.5), "ms");
  goals.at_most("incident opened, p50", percentile(delays.opened, 0.5), 5, "ms");
  goals.at_most("incident opened, p99", percentile(delays.opened, 0.99), 20, "ms");
  goals.at_most("first step applied, p99", percentile(delays.first_step, 0.99), 100, "ms");
  goals.tell("verified, beyond the save's own time, p50", percentile(delays.verified, 0.5), "ms");
  goals.at_most("verified, beyond the save's own time, p99", percentile(delays.verified, 0.99), 250,
                "ms");
}

}  // namespace forkmend::testing
