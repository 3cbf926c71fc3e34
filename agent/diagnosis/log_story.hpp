// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "diagnosis/diagnosis.hpp"
#include "diagnosis/server_state.hpp"
#include "redis/log_event.hpp"

namespace forkmend::diagnosis {

inline constexpr std::size_t kFailureKinds = 4;

/// What the server log says of each kind of save: the newest failure that no success and no start
/// of the server followed.
struct LogStory {
  std::array<std::optional<Failure>, kFailureKinds> failing;
  /// The newest child was ended by SIGUSR1, the server's own way to call it off: no failure.
  std::optional<Failure> called_off;
  bool saw_start = false;  ///< the log shows the start of this server process

  [[nodiscard]] const std::optional<Failure>& of(FailureKind kind) const {
    return failing.at(static_cast<std::size_t>(kind));
  }
};

/// Pure. Lines of other processes are passed over: servers that share a file, and earlier lives.
[[nodiscard]] LogStory read_log_story(const std::vector<redis::LogEvent>& log,
                                      const ServerState& server);

}  // namespace forkmend::diagnosis
