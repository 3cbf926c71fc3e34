// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "subject.hpp"

namespace forkmend::bench {

using Random = std::mt19937_64;

/// Between both ends, both included.
[[nodiscard]] std::int64_t between(Random& random, std::int64_t low, std::int64_t high);
/// True in so many of a hundred cases.
[[nodiscard]] bool chance(Random& random, int percent);

/// What of this host the boundaries depend on. Bytes.
struct HostSize {
  std::int64_t ram_and_swap = 0;
  std::int64_t counter_error = 0;  ///< of the counter that mode 2 tests
  std::int64_t stock = 0;          ///< of charges that CPUs keep for memory cgroups
  bool memory_cgroup = false;
};

/// One trial before it is made: mostly near the boundary of one rule, sometimes of two.
struct Setup {
  std::string about;  ///< the rule
  Recipe recipe;
  int born_mode = 0;  ///< vm.overcommit_memory while mappings are made
  int fork_mode = 0;
  std::optional<std::int64_t> inner_room;  ///< pids.max - pids.current
  std::optional<std::int64_t> outer_room;
  std::optional<std::int64_t> commit_room;  ///< bytes that mode 2 would leave behind the fork
  /// Bytes that the memory cgroup leaves beyond VmPTE.
  std::optional<std::int64_t> memory_room;
};

[[nodiscard]] Setup random_setup(Random& random, const HostSize& host);

}  // namespace forkmend::bench
