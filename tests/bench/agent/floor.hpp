// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <vector>

namespace forkmend::testing {

/// CPU of this thread, user and system.
[[nodiscard]] std::chrono::microseconds thread_cpu();

/// What the same request and reply cost at least: INFO persistence on bare sockets, one connection
/// a port, waiting in epoll, so many rounds over all. CPU of one request with its reply, in us.
enum class Pace {
  at_once,      ///< one after the other
  each_second,  ///< a round a second, its requests spread over it: what an agent's pace costs
};
[[nodiscard]] double floor_of_poll(const std::vector<int>& ports, int rounds, Pace pace);

}  // namespace forkmend::testing
