// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <vector>

namespace forkmend::testing {

/// CPU of this thread, user and system.
[[nodiscard]] std::chrono::microseconds thread_cpu();

/// What the same request and reply cost at least: INFO persistence on bare sockets, one connection
/// a port, waiting in epoll, so many rounds over all. CPU of one request with its reply.
[[nodiscard]] double floor_of_poll(const std::vector<int>& ports, int rounds);

}  // namespace forkmend::testing
