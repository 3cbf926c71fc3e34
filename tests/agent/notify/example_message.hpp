// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>

#include "notify/message.hpp"

namespace forkmend::testing {

/// Of now, as queues drop what is old.
inline notify::IncidentMessage example_message(notify::IncidentStage stage,
                                               WallTime at = std::chrono::system_clock::now()) {
  // Messages keep milliseconds.
  at = std::chrono::floor<std::chrono::milliseconds>(at);
  return {.id = "i-20261125T171727-a96f",
          .host = "db7",
          .instance = "redis://127.0.0.1:6379",
          .kind = "rdb-save",
          .cause = "nproc-limit",
          .stage = stage,
          .summary = "rdb-save fails at fork: EAGAIN",
          .opened = at - std::chrono::seconds(2),
          .at = at};
}

}  // namespace forkmend::testing
