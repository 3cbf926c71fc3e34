// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"
#include "bench/agent/exporter.hpp"
#include "bench/agent/floor.hpp"
#include "bench/agent/measures.hpp"

namespace forkmend::testing {

namespace {

constexpr int kPolls = 5000;

/// us, user and system, by its own INFO.
double used_cpu(const RedisServer& server) {
  const auto field = [&](const char* name) {
    return parse_number(server.info(name)).value_or(0) * 1e6;
  };
  return field("used_cpu_user") + field("used_cpu_sys");
}

}  // namespace

void measure_server_side(const Servers& servers, Goals& goals) {
  const RedisServer& server = *servers.front();
  const std::vector<int> port{server.port()};
  const double idle = used_cpu(server);
  (void)floor_of_poll(port, kPolls, Pace::at_once);  // the agent's request, byte for byte
  const double polled = used_cpu(server);
  const double poll = (polled - idle) / kPolls;
  goals.section("CPU of the server that is asked");
  goals.tell("a poll", poll, "us");
  if (!cpu_of_scrape(port)) return;
  const double scrape = (used_cpu(server) - polled) / kScrapes;
  goals.tell("a scrape of the exporter", scrape, "us");
  goals.at_least("a scrape, in polls", scrape / poll, 1, "times");
}

}  // namespace forkmend::testing
