// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <unistd.h>

#include <chrono>

#include "bench/agent/agent_process.hpp"
#include "bench/agent/measures.hpp"
#include "integration/agent_in_process.hpp"

namespace forkmend::testing {

namespace {

constexpr int kTimesAsFast = 100;

std::uint64_t polls_by(const AgentInProcess& agent) {
  std::uint64_t polls = 0;
  for (const auto& [endpoint, seen] : agent.instances()) polls += seen.cost.polls;
  return polls;
}

/// What an hour has of each, in 36 seconds.
void in_a_hurry(daemon::AgentOptions& options) {
  options.interval /= kTimesAsFast;
  options.headroom /= kTimesAsFast;
  options.discovery /= kTimesAsFast;
  options.look_at_least /= kTimesAsFast;
}

}  // namespace

void measure_growth(const Setting& /*setting*/, const Servers& servers, Goals& goals) {
  constexpr std::size_t kServers = 20;
  std::vector<std::string> urls;
  for (const auto& server : servers) {
    if (urls.size() < kServers) urls.push_back(server->url());
  }
  AgentInProcess agent(urls, "schema = 1\nmode = \"observe\"\n", [](daemon::AgentOptions& options) {
    options.interval = std::chrono::seconds(1);
    options.headroom = std::chrono::seconds(10);
    in_a_hurry(options);
  });
  for (const auto& url : urls) {
    if (!agent.wait_until_watched(url)) throw std::runtime_error("not watched");
  }
  const auto run_for = [&agent](std::chrono::seconds span) {
    const auto end = std::chrono::steady_clock::now() + span;
    (void)agent.wait_until([&] { return std::chrono::steady_clock::now() >= end; }, span * 2);
  };
  run_for(std::chrono::seconds(6));  // ten minutes: every look has been taken by then
  const ProcessUse before = use_of(getpid());
  const auto polls = polls_by(agent);
  run_for(std::chrono::seconds(36));
  const ProcessUse after = use_of(getpid());
  goals.section("An hour in 36 seconds, " + std::to_string(urls.size()) + " servers");
  goals.tell("polls", static_cast<double>(polls_by(agent) - polls), "");
  goals.at_most("growth of RSS", static_cast<double>(after.rss - before.rss), 64, "KiB");
  goals.at_most("growth of open files", static_cast<double>(after.open_files - before.open_files),
                0, "");
}

}  // namespace forkmend::testing
