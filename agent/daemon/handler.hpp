// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>

#include "daemon/agent.hpp"
#include "daemon/notice.hpp"
#include "engine/observe.hpp"

namespace forkmend::daemon {

enum class Handled { nothing_to_do, told, planned, healed, not_healed, blocked };

struct HandlerResult {
  Handled handled = Handled::nothing_to_do;
  IncidentNews news;
};

/// What a failing server leads to, or one whose next fork would be refused (Trigger::forecast), or
/// one with a strain that a rule acts on (Trigger::strain), by the policy's mode: observe tells,
/// dry-run records the plan, heal mends. Logs one line per thing done; the incident's id stands on
/// each. options.on_incident hears of an incident once it is recorded, and in any case at the end.
[[nodiscard]] boost::asio::awaitable<HandlerResult> handle_failure(
    host::Root root, AgentOptions options, engine::ObservedInstance instance, Notice notice);

}  // namespace forkmend::daemon
