// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "engine/proof_cost.hpp"
#include "engine/save_trigger.hpp"
#include "host/root.hpp"
#include "policy/proof_limits.hpp"
#include "redis/info.hpp"

namespace forkmend::engine {

/// What a proof would cost now. Where the facts and the reading before them do not tell the rate of
/// changes, and it may be above the limit, the server is asked again after kRateSpan. `reading` is
/// the one before, and the newest afterwards.
[[nodiscard]] boost::asio::awaitable<ExpectedCost> measure_cost(
    host::Root root, ServerLink* link, FactSet facts, std::optional<ChangeReading>* reading,
    std::optional<std::int64_t> changes_limit);

/// A figure counts once it is above its limit in two looks in a row: one slow answer is no reason.
/// Pure.
class AbortDecision {
 public:
  explicit AbortDecision(policy::AbortAbove limits) : limits_(limits) {}

  /// Whether the save is to be ended.
  [[nodiscard]] bool on(const RunningCost& cost);
  /// Of the last look.
  [[nodiscard]] const std::vector<std::string>& reasons() const { return reasons_; }
  [[nodiscard]] const RunningCost& peak() const { return peak_; }

 private:
  policy::AbortAbove limits_;
  std::vector<std::string> reasons_;
  RunningCost peak_;
};

/// Looks at what a running proof costs, from time to time.
class ProofWatch {
 public:
  /// `before`: the server's facts just before the save.
  ProofWatch(host::Root root, FactSet before, policy::AbortAbove limits);

  /// With each answer to INFO, or the error, and how long it took. True: the save is to be ended.
  [[nodiscard]] bool on_answer(const Result<redis::Info>& info, std::chrono::milliseconds took);

  [[nodiscard]] const std::vector<std::string>& reasons() const { return decision_.reasons(); }
  [[nodiscard]] const RunningCost& peak() const { return decision_.peak(); }

 private:
  [[nodiscard]] std::optional<std::int64_t> copied(const Result<redis::Info>& info);
  void walk_child();

  host::Root root_;
  FactSet before_;
  std::int64_t pid_;
  AbortDecision decision_;
  std::chrono::milliseconds slowest_{0};  ///< since the last look
  std::chrono::nanoseconds next_look_{0};
  std::chrono::nanoseconds next_walk_{0};
  std::optional<std::int64_t> walked_;  ///< Private_Dirty of the child
};

}  // namespace forkmend::engine
