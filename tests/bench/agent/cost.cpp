// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "base/text.hpp"
#include "bench/agent/agent_process.hpp"
#include "bench/agent/crowd.hpp"
#include "bench/agent/exporter.hpp"
#include "bench/agent/floor.hpp"
#include "bench/agent/measures.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

/// Over a span of time.
struct AgentUse {
  double cpu_of_poll = 0;  ///< us
  double share = 0;        ///< of one core, percent
  double wakeups = 0;      ///< a second
  double polls = 0;        ///< a second
  ProcessUse after;
};

/// Calls of INFO that a server has had: it counts them itself.
double polls_of_server(const RedisServer& server) {
  const std::string text = server.call({"INFO", "commandstats"});
  const std::string_view key = "cmdstat_info:calls=";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return 0;
  const std::string_view rest = std::string_view(text).substr(at + key.size());
  return parse_number(rest.substr(0, rest.find(','))).value_or(0);
}

/// A count and when it was taken: to ask hundreds of servers takes a while.
struct CountAt {
  double polls = 0;
  std::chrono::steady_clock::time_point at;
};

std::vector<CountAt> count_polls(const Servers& servers, const Crowd& crowd) {
  std::vector<CountAt> counts;
  counts.reserve(servers.size() + 1);
  counts.push_back({static_cast<double>(crowd.answered()), std::chrono::steady_clock::now()});
  for (const auto& server : servers) {
    const double polls = polls_of_server(*server);
    counts.push_back({polls, std::chrono::steady_clock::now()});
  }
  return counts;
}

/// Polls a second, each server over its own span; to be asked for a count is an INFO too.
double rate_between(const std::vector<CountAt>& before, const std::vector<CountAt>& after) {
  double rate = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::chrono::duration<double> span = after.at(i).at - before.at(i).at;
    const double own = i == 0 ? 0 : 1;
    rate += (after.at(i).polls - before.at(i).polls - own) / span.count();
  }
  return rate;
}

/// Lets it run for so long.
AgentUse watch_agent(const AgentProcess& agent, const Servers& servers, const Crowd& crowd,
                     int seconds) {
  const auto counted = count_polls(servers, crowd);
  const ProcessUse before = use_of(agent.pid());
  const auto begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));  // the span that is measured
  AgentUse use{.after = use_of(agent.pid())};
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const double cpu = use.after.cpu - before.cpu;
  use.polls = rate_between(counted, count_polls(servers, crowd));
  use.cpu_of_poll = cpu / wall.count() / use.polls;
  use.share = cpu / 1e4 / wall.count();
  use.wakeups = static_cast<double>(use.after.wakeups - before.wakeups) / wall.count();
  return use;
}

std::vector<std::string> urls_of(const Servers& servers) {
  std::vector<std::string> urls;
  urls.reserve(servers.size());
  for (const auto& server : servers) urls.push_back(server->url());
  return urls;
}

std::vector<std::string> with_peers(std::vector<std::string> urls, const Crowd& crowd) {
  for (const int port : crowd.ports()) urls.push_back("redis://127.0.0.1:" + std::to_string(port));
  return urls;
}

std::vector<int> ports_of(const Servers& servers) {
  std::vector<int> ports;
  ports.reserve(servers.size());
  for (const auto& server : servers) ports.push_back(server->port());
  return ports;
}

std::string answer_of(const Servers& servers) {
  return servers.front()->call({"INFO", "persistence"}) + "\r\n";
}

}  // namespace

void measure_cost(const Setting& setting, const Servers& servers, Goals& goals) {
  const std::vector<int> ports = ports_of(servers);
  const double hot = floor_of_poll(ports, setting.seconds, Pace::at_once);
  const double floor = floor_of_poll(ports, setting.seconds, Pace::each_second);
  const Crowd nobody(0, answer_of(servers));
  const AgentProcess agent(urls_of(servers));
  const AgentUse use = watch_agent(agent, servers, nobody, setting.seconds);
  goals.section("One check of one server, " + std::to_string(servers.size()) + " real servers");
  goals.tell("the same request on bare sockets with epoll, one after the other", hot, "us of CPU");
  goals.tell("the same at the agent's pace: the floor", floor, "us of CPU");
  goals.tell("the agent, with all that it does beside", use.cpu_of_poll, "us of CPU");
  goals.at_most("the agent, in the floor's", use.cpu_of_poll / floor, 2, "times");
  goals.at_most("the agent, in that of one after the other", use.cpu_of_poll / hot, 2, "times");
  if (const auto exporter = cpu_of_scrape(ports)) {
    goals.tell("a scrape by prometheus-redis-exporter", *exporter, "us of CPU");
    goals.at_least("the exporter, in the agent's", *exporter / use.cpu_of_poll, 60, "times");
  }
  if (!setting.script.empty()) {
    const double script = cpu_of_script(setting.script, ports);
    goals.tell("the shell script", script, "us of CPU");
    goals.at_least("the script, in the agent's", script / use.cpu_of_poll, 1000, "times");
  }
  goals.at_most("wakeups a second beyond the polls", use.wakeups - use.polls, 1, "");
  goals.tell("polls a second", use.polls, "");
  goals.tell("wakeups a second", use.wakeups, "");
  goals.tell("of one core", use.share, "%");
  goals.at_most("RSS", static_cast<double>(use.after.rss), 8192, "KiB");
  goals.tell("of it anonymous", static_cast<double>(use.after.rss_anon), "KiB");
}

void measure_scale(const Setting& setting, const Servers& servers, Goals& goals) {
  constexpr std::size_t kFew = 100;
  const std::string answer = answer_of(servers);
  const Servers none;
  AgentUse few;
  {
    const Crowd crowd(kFew, answer);
    const AgentProcess agent(with_peers({}, crowd));
    few = watch_agent(agent, none, crowd, setting.seconds);
  }
  const Crowd crowd(setting.scripted, answer);
  AgentUse many;
  {
    const AgentProcess agent(with_peers({}, crowd));
    many = watch_agent(agent, none, crowd, setting.seconds);
  }
  goals.section("Scripted peers: " + std::to_string(kFew) + " and " +
                std::to_string(setting.scripted));
  constexpr std::size_t kFloor = 1000;  // connections of ours, beside those of the bench itself
  const auto& ports = crowd.ports();
  const std::vector<int> some(
      ports.begin(), ports.begin() + static_cast<std::ptrdiff_t>(std::min(kFloor, ports.size())));
  goals.tell("floor over them", floor_of_poll(some, 3, Pace::at_once), "us of CPU");
  goals.tell("a poll among the few", few.cpu_of_poll, "us of CPU");
  goals.tell("a poll among the many", many.cpu_of_poll, "us of CPU");
  goals.at_most("a poll among the many, in one among the few", many.cpu_of_poll / few.cpu_of_poll,
                1.3, "times");
  goals.tell("polls a second among the many", many.polls, "");
  goals.tell("of one core, by the many", many.share, "%");
  if (setting.scripted + servers.size() == 1000) {
    const AgentProcess agent(with_peers(urls_of(servers), crowd));
    const AgentUse thousand = watch_agent(agent, servers, crowd, setting.seconds);
    goals.at_most("of one core, by 1,000 servers with the real ones", thousand.share, 4, "%");
  }
  const auto further = static_cast<double>(setting.scripted - kFew);
  goals.at_most("RSS of each further server",
                static_cast<double>(many.after.rss - few.after.rss) / further, 2, "KiB");
  goals.tell("RSS of the few", static_cast<double>(few.after.rss), "KiB");
  goals.tell("RSS of the many", static_cast<double>(many.after.rss), "KiB");
}

}  // namespace forkmend::testing
