// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/agent.hpp"
#include "engine/observe.hpp"
#include "policy/policy.hpp"

namespace forkmend::daemon {

enum class Handled { nothing_to_do, told, planned, healed, not_healed, blocked };

/// The beginning of an incident: the server's own answer that its saves fail. Why is found out
/// after.
struct Detection {
  Now at;
  std::string incident;  ///< its id; recorded once something is to be done
};

/// How a failure came to our notice.
struct Notice {
  EventSource source = EventSource::discovery;
  std::optional<std::chrono::microseconds> delay;  ///< as IncidentNews::detection_delay
  policy::Trigger trigger = policy::Trigger::failure;
  std::string host_incident = {};  ///< engine::HealOptions::host_incident
  std::optional<Detection> detection = {};
};

/// "noticed by server-log after 2 ms"
[[nodiscard]] std::string to_string(const Notice& notice);

struct HandlerResult {
  Handled handled = Handled::nothing_to_do;
  IncidentNews news;
};

/// What a failing server leads to, or one whose next fork would be refused (Trigger::forecast), by
/// the policy's mode: observe tells, dry-run records the plan, heal mends. Logs one line per thing
/// done; the incident's id stands on each. options.on_incident hears of an incident once it is
/// recorded, and in any case at the end.
[[nodiscard]] boost::asio::awaitable<HandlerResult> handle_failure(
    host::Root root, AgentOptions options, engine::ObservedInstance instance, Notice notice);

/// What makes two looks the same failure: cause, kind and the last good save.
[[nodiscard]] std::string failure_signature(const engine::ObservedInstance& instance);

}  // namespace forkmend::daemon
