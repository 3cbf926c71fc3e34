// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "diagnosis/diagnosis.hpp"
#include "diagnosis/server_state.hpp"
#include "host/kmsg.hpp"

namespace forkmend::diagnosis {

/// Which lines of the kernel log can be about a failure.
struct WitnessWindow {
  const Observation& observation;
  const ServerState& server;
  const Failure& failure;

  /// Not written before this process began: pids are used again.
  [[nodiscard]] bool in_this_life(const host::KernelMessage& message) const;
  /// Near the failure; where its time is not known, newer than the last good save.
  [[nodiscard]] bool fits(const host::KernelMessage& message) const;
  /// The kernel log was read and reaches back before the failure, so that a line that is not
  /// there was not written.
  [[nodiscard]] bool covered() const;
  /// pids of the server's log are those of the kernel log.
  [[nodiscard]] bool same_pids() const;

 private:
  [[nodiscard]] std::chrono::nanoseconds tolerance() const;
};

/// When a kernel message was written; nullopt when the boot clock is not known.
[[nodiscard]] std::optional<WallTime> wall_time(const host::KernelMessage& message, const Now& now);

}  // namespace forkmend::diagnosis
