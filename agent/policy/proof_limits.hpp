// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace forkmend::policy {

/// Above any of these the save that is to prove a fix is not triggered yet. nullopt: no limit.
struct PutOffAbove {
  /// Changes that the server makes in a second (rdb_changes_since_last_save over time).
  std::optional<std::int64_t> changes_per_second = 50'000;
  /// How long fork() is expected to keep the server from answering.
  std::optional<std::chrono::milliseconds> fork_time = std::chrono::seconds(2);
  /// Percent of the memory that is free, which the copies of the save are likely to take.
  std::optional<std::int64_t> copied_of_free = 80;

  bool operator==(const PutOffAbove&) const = default;
};

/// Above any of these, twice in a row, the save that is to prove a fix is ended. nullopt: no limit.
struct AbortAbove {
  /// Percent of the memory that was free, which its copies have taken.
  std::optional<std::int64_t> copied_of_free = 90;
  /// How long the server takes to answer INFO.
  std::optional<std::chrono::milliseconds> answer_time = std::chrono::seconds(2);
  /// Percent of the last ten seconds in which nothing got on for want of memory, or of a device.
  std::optional<std::int64_t> memory_pressure = 50;
  std::optional<std::int64_t> io_pressure = std::nullopt;

  bool operator==(const AbortAbove&) const = default;
};

}  // namespace forkmend::policy
