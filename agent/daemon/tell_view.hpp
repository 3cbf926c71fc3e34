// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// From what the agent knows to what metrics and messages say of it. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/instance_state.hpp"
#include "engine/heal.hpp"
#include "metrics/model.hpp"
#include "notify/message.hpp"

namespace forkmend::daemon {

/// Mode and servers; the rest of metrics::AgentState is the caller's.
[[nodiscard]] metrics::AgentState metrics_view(const AgentState& state);

[[nodiscard]] notify::IncidentMessage message_of(const IncidentNews& news, const std::string& host,
                                                 WallTime now);

/// IncidentNews::tried of what heal() did: for each remedy of each attempt the state of its last
/// change.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> remedies_tried(
    const engine::HealOutcome& outcome);

/// Which messages are news to a person: each stage of a failure once, the same one again only after
/// kRemindAfter, and no further "open" once somebody was told that a person is needed.
class ToldBefore {
 public:
  static constexpr std::chrono::hours kRemindAfter{6};

  /// Remembers it when it is.
  [[nodiscard]] bool is_news(const notify::IncidentMessage& message);

 private:
  struct Told {
    std::string cause;
    notify::IncidentStage stage = notify::IncidentStage::open;
    WallTime at;
  };
  std::map<std::string, Told> told_;  ///< by server
};

}  // namespace forkmend::daemon
