// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "diagnosis/diagnosis.hpp"
#include "diagnosis/server_state.hpp"

namespace forkmend::diagnosis {

/// A line of the kernel log that speaks of this server and fits the time of the failure.
struct RefusalWitness {
  std::string line;
  std::optional<std::int64_t> bytes;  ///< of the refused mapping, where the kernel tells
};

/// The pids controller names the cgroup that forked, once in the cgroup's life: an old line says
/// that it happened, not when last.
enum class Timing { fits, earlier };
struct RejectionWitness {
  std::string line;
  Timing timing = Timing::earlier;
};

struct KernelWitness {
  std::optional<RefusalWitness> refusal;
  std::optional<RejectionWitness> rejection;
};

/// Pure. A line counts when it has this server's pid on the host (instance.pid) or its cgroup, is
/// not older than the process (pids are used again), and is near the failure; where the failure's
/// time is not known, newer than the last good save.
[[nodiscard]] KernelWitness find_kernel_witness(const Observation& observation,
                                                const ServerState& server, const Failure& failure);

}  // namespace forkmend::diagnosis
