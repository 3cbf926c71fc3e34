// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/fact.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::daemon {

/// What moves when headroom shrinks, and costs next to nothing to read. What could not be read is
/// nullopt.
struct HeadroomSigns {
  std::optional<std::int64_t> server_bytes;  ///< VmSize
  std::optional<std::int64_t> committed;     ///< Committed_AS, bytes
  std::optional<std::int64_t> commit_limit;  ///< CommitLimit, bytes
  std::optional<std::int64_t> available;     ///< MemAvailable and SwapFree, bytes
  std::optional<std::int64_t> threads;       ///< of the host
  std::optional<std::int64_t> overcommit;    ///< vm.overcommit_memory
  bool operator==(const HeadroomSigns&) const = default;
};

/// The same of the facts of a look.
[[nodiscard]] HeadroomSigns signs_in(const FactSet& facts);

/// How long a forecast stands. One that leaves some margin does until the signs have moved by half
/// of it, or so many rounds have passed: limits may be changed, and a cgroup may fill, without one
/// of them. Any other one is made anew each round. Pure.
class HeadroomPace {
 public:
  static constexpr int kMostRounds = 12;

  void on_forecast(const forecast::Forecast& made, const HeadroomSigns& signs,
                   std::chrono::nanoseconds now);
  [[nodiscard]] bool is_due(const HeadroomSigns& signs, std::chrono::nanoseconds now,
                            std::chrono::nanoseconds round) const;
  /// Something else has happened: it does not stand any more.
  void forget() { stands_ = false; }

 private:
  [[nodiscard]] bool has_moved(const HeadroomSigns& now) const;

  bool stands_ = false;
  std::int64_t bytes_ = 0;  ///< the least margin of all rules in bytes
  std::int64_t tasks_ = 0;  ///< of all that count
  HeadroomSigns signs_;
  std::chrono::nanoseconds made_at_{0};
};

}  // namespace forkmend::daemon
