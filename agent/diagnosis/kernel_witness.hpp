// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  /// Of the device that holds the dir: errors near the failure, and, of any time since boot, that
  /// the file system gave up writing. The newest few.
  std::vector<std::string> io_errors, remounts;
  std::optional<std::string> device_full;  ///< near the failure
  std::optional<std::string> denial;       ///< SELinux or AppArmor, of a server, near the failure
};

/// Pure. A line counts when it has this server's pid on the host (instance.pid) or its cgroup, is
/// not older than the process (pids are used again), and is near the failure; where the failure's
/// time is not known, newer than the last good save.
[[nodiscard]] KernelWitness find_kernel_witness(const Observation& observation,
                                                const ServerState& server, const Failure& failure);

/// Pure. A kernel line about "sda" is about its partition "sda1" too.
[[nodiscard]] bool is_on_device(std::string_view device, std::string_view named);

}  // namespace forkmend::diagnosis
