// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "host/root.hpp"

namespace forkmend::metrics {

/// What this process costs its host, under the names that Prometheus' client libraries use.
struct ProcessCost {
  std::optional<double> cpu_seconds;
  std::optional<std::int64_t> resident_bytes;
  std::optional<std::int64_t> virtual_bytes;
  std::optional<std::int64_t> open_files;
  std::optional<std::int64_t> max_files;
  std::optional<WallTime> started;
};

/// From getrusage(2) and /proc/self; what cannot be read is missing.
[[nodiscard]] ProcessCost read_process_cost(const host::Root& root);

}  // namespace forkmend::metrics
