// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "bench/agent/goals.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {

struct Setting {
  std::size_t servers = 10;
  std::size_t scripted = 0;
  int seconds = 5;
  std::string script;
  std::string measure = "all";
};

using Servers = std::vector<std::unique_ptr<RedisServer>>;

/// CPU of a poll, of the same on bare sockets, of a scrape and of the script; wakeups, memory.
void measure_cost(const Setting& setting, const Servers& servers, Goals& goals);
/// The same agent over a hundred peers and over `scripted`; memory of each further server.
void measure_scale(const Setting& setting, const Servers& servers, Goals& goals);
/// From a failure to what the agent does.
void measure_latency(const Servers& servers, Goals& goals);
/// A replica under writes: how often first aid beats the abort.
void measure_replica(Goals& goals);
/// A hundred times as fast: what grows.
void measure_growth(const Setting& setting, const Servers& servers, Goals& goals);
/// What a poll and a scrape cost the server that is asked.
void measure_server_side(const Servers& servers, Goals& goals);

}  // namespace forkmend::testing
