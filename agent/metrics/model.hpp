// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/clock.hpp"
#include "metrics/exposition.hpp"
#include "metrics/process_cost.hpp"

namespace forkmend::metrics {

enum class SaveState { ok, saving, failing, unknown };
[[nodiscard]] std::string_view to_string(SaveState state);

/// One refusal rule of the kernel: how much more it would admit.
struct RuleHeadroom {
  enum class Unit { bytes, tasks };
  std::string rule;
  Unit unit = Unit::bytes;
  std::int64_t margin = 0;  ///< negative: missing
};

/// What is known of one server. What is unknown gives no sample, never a default.
struct InstanceState {
  std::string server;  ///< URL without password
  std::string flavour;
  std::string version;
  std::string role;
  bool reachable = false;
  SaveState save = SaveState::unknown;
  std::optional<WallTime> last_poll;
  std::optional<WallTime> last_good_save;
  std::optional<std::int64_t> changes_at_risk;
  std::optional<WallTime> at_risk_since;  ///< counts only with changes at risk
  std::string forecast;                   ///< verdict of the next fork; empty: not forecast
  std::vector<RuleHeadroom> headroom;
  std::string incident_cause;
  std::string incident_state;  ///< empty: there is none
};

/// A remedy that never healed a cause for good.
struct DemotedRemedy {
  std::string remedy;
  std::string cause;
  std::int64_t tries = 0;
};

/// What stands at the moment of a scrape.
struct AgentState {
  std::string version;
  std::string mode;
  bool paused = false;
  bool breaker_open = false;
  std::vector<InstanceState> instances;
  std::vector<DemotedRemedy> demoted;
  std::map<std::string, std::size_t> queued_messages;  ///< by notifier
  ProcessCost cost;
};

/// What is counted over the life of the agent. Series are bounded: what is new beyond kMostSeries
/// counts with labels "other", so that no server can fill our memory.
class Counters {
 public:
  static constexpr std::size_t kMostSeries = 20000;

  void failure(const std::string& server, const std::string& kind, const std::string& cause);
  void noticed(const std::string& source);
  void incident(const std::string& state);
  void remedy(const std::string& remedy, const std::string& outcome);
  void verification(std::chrono::nanoseconds took);
  /// How many so far, as the notifier itself counts them.
  void set_notifications(const std::string& notifier, const std::string& outcome,
                         std::uint64_t count);

 private:
  friend void render_counters(Exposition& out, const Counters& counters);

  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> failures_;
  std::map<std::string, std::uint64_t> noticed_;
  std::map<std::string, std::uint64_t> incidents_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> remedies_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> notifications_;
  Histogram verification_{{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800}};  ///< seconds
};

/// Pure. The whole page of /metrics, families in the order of families.hpp, instances in theirs.
[[nodiscard]] std::string render(const AgentState& state, const Counters& counters, WallTime now);

/// The families of what was counted.
void render_counters(Exposition& out, const Counters& counters);

}  // namespace forkmend::metrics
