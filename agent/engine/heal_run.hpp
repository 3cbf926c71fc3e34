// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/heal.hpp"
#include "engine/machine.hpp"

namespace forkmend::engine {

/// Which step of a plan.
struct StepKey {
  StepGroup group = StepGroup::attempt;
  std::size_t attempt = 0;
  std::size_t step = 0;
  auto operator<=>(const StepKey&) const = default;
};

/// The hands of heal(): carries out one action of the machine at a time and tells what came of it.
/// Owns all that the actions need; outlives each of their coroutines.
class HealRun {
 public:
  HealRun(Plan plan, ObservedInstance instance, host::Root root, Journal* journal,
          Actuator* actuator, HealOptions options);

  [[nodiscard]] MachineShape shape() const;
  /// Errors: the journal refused.
  [[nodiscard]] Result<void> open();
  [[nodiscard]] boost::asio::awaitable<EventKind> carry_out(Action action);
  [[nodiscard]] bool stop_requested() const;
  /// Ends the incident in the journal and gives the outcome away.
  [[nodiscard]] HealOutcome close(const IncidentMachine& machine, HealState state);

  void tell(const std::string& line);

 private:
  [[nodiscard]] boost::asio::awaitable<EventKind> apply(StepKey key);
  [[nodiscard]] boost::asio::awaitable<EventKind> verify(std::size_t attempt);
  [[nodiscard]] boost::asio::awaitable<Result<void>> end_child(std::size_t attempt,
                                                               remediations::Step step);
  [[nodiscard]] boost::asio::awaitable<EventKind> read_back(std::size_t attempt);
  [[nodiscard]] boost::asio::awaitable<EventKind> undo(StepKey key);
  [[nodiscard]] boost::asio::awaitable<void> tell_memory();

  [[nodiscard]] const remediations::Step& step_at(const StepKey& key) const;
  [[nodiscard]] std::string report() const;
  void record(const std::string& line);
  void problem(const std::string& line);
  void tell_mitigated(const Attempt& attempt);
  void count(std::size_t attempt, RemedyOutcome outcome);

  Plan plan_;
  ObservedInstance instance_;
  host::Root root_;
  Journal* journal_;
  Actuator* actuator_;
  HealOptions options_;
  HealOutcome outcome_;
  std::map<StepKey, std::size_t> recorded_;  ///< index into outcome_.changes
};

}  // namespace forkmend::engine
