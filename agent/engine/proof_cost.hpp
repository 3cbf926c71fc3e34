// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fact.hpp"
#include "policy/proof_limits.hpp"

namespace forkmend::engine {

/// A save is triggered to prove a fix. It costs the server the time of the fork and the host the
/// copies of what is written meanwhile; neither is worth an outage. So the load is looked at before
/// (the proof waits for a calmer moment) and while it runs (it is ended). Pure.

/// What the proof is likely to cost. nullopt: not known, which is no reason to wait.
struct ExpectedCost {
  std::optional<double> changes_per_second;
  bool since_last_save = false;  ///< the rate is the average since then, not one of now
  std::optional<std::chrono::milliseconds> fork_time;
  std::optional<std::int64_t> copied;  ///< bytes
  std::optional<std::int64_t> free;    ///< bytes that can still be had: forecast::free_memory()
  std::optional<double> memory_pressure;
  std::optional<double> io_pressure;  ///< percent, both of the last ten seconds
};

/// By the server's facts. Without a rate of now, by the average since the last save.
[[nodiscard]] ExpectedCost expected_cost(const FactSet& facts,
                                         std::optional<double> changes_per_second = std::nullopt);

/// "1,204 changes a second, fork() about 3 ms, copies about 1.2 MiB (1 % of 8 GiB that are free)".
[[nodiscard]] std::string to_string(const ExpectedCost& cost);

/// Each figure that is above its limit, with both. A pressure that would end the save at once is
/// one of them. Empty: now is a good moment.
[[nodiscard]] std::vector<std::string> reasons_to_put_off(const ExpectedCost& cost,
                                                          const policy::PutOffAbove& put_off,
                                                          const policy::AbortAbove& abort);

/// What a proof costs while it runs.
struct RunningCost {
  std::optional<std::int64_t> copied;        ///< bytes
  std::optional<std::int64_t> free;          ///< bytes
  std::chrono::milliseconds answer_time{0};  ///< of INFO; of one that was not given, the wait
  std::optional<double> memory_pressure;
  std::optional<double> io_pressure;
};

/// Of what was free before the copies were made. nullopt: one of them is not known.
[[nodiscard]] std::optional<std::int64_t> copied_of_free(const RunningCost& cost);

[[nodiscard]] std::vector<std::string> reasons_to_abort(const RunningCost& cost,
                                                        const policy::AbortAbove& limits);

/// The highest of each.
[[nodiscard]] RunningCost peak_of(const RunningCost& a, const RunningCost& b);

/// "at most 24 MiB copied (3 % of what was free), answers within 12 ms, memory pressure 0 %".
[[nodiscard]] std::string to_string(const RunningCost& peak);

/// The counter of changes as one answer of INFO has it. The server's own clock (6.2 and newer) does
/// not count the way to us.
struct ChangeReading {
  std::int64_t changes = 0;
  std::int64_t last_save = 0;  ///< rdb_last_save_time: after a save the counter begins anew
  std::chrono::microseconds at{0};
};

/// nullopt: INFO does not tell. `at`: when there is no server_time_usec.
[[nodiscard]] std::optional<ChangeReading> change_reading(
    const FactSet& facts, std::optional<std::chrono::microseconds> at = std::nullopt);

/// So far apart two readings tell a rate of now, at least and at most.
inline constexpr std::chrono::milliseconds kRateSpan{250};
inline constexpr std::chrono::milliseconds kRateIsOld{10'000};

/// nullopt: too near to each other or too far apart, or a save has worked between them.
[[nodiscard]] std::optional<double> changes_per_second(const ChangeReading& earlier,
                                                       const ChangeReading& later);

/// Whether so few changes were made since the last save, and that is so long ago, that no rate of
/// kRateSpan can be above the limit: then nobody has to wait for one.
[[nodiscard]] bool is_surely_calm(const ChangeReading& now,
                                  std::optional<std::int64_t> changes_per_second);

}  // namespace forkmend::engine
