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
  /// Without asking: what an earlier run has told.
  void remember(const notify::IncidentMessage& message);

  /// Whether the end of something is still to be told.
  [[nodiscard]] bool any_open() const;
  /// Of servers that were looked at after they were told of and whose saves work, or whose next
  /// fork is admitted where that was foreseen to fail: the messages that say so. To be sent and
  /// remembered.
  [[nodiscard]] std::vector<notify::IncidentMessage> recovered(const AgentState& state,
                                                               WallTime now) const;

 private:
  std::map<std::string, notify::IncidentMessage> told_;  ///< the last one, by server
};

}  // namespace forkmend::daemon
