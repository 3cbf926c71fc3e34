// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "daemon/agent.hpp"
#include "engine/observe.hpp"

namespace forkmend::daemon {

enum class Handled { nothing_to_do, told, planned, healed, not_healed, blocked };

/// "not-healed".
[[nodiscard]] std::string_view word_for(Handled handled);

/// What a failing server leads to, by the policy's mode: observe tells, dry-run records the plan,
/// heal mends. Logs one line per thing done; the incident's id stands on each.
[[nodiscard]] boost::asio::awaitable<Handled> handle_failure(host::Root root, AgentOptions options,
                                                             engine::ObservedInstance instance);

/// What makes two looks the same failure: cause, kind and the last good save.
[[nodiscard]] std::string failure_signature(const engine::ObservedInstance& instance);

}  // namespace forkmend::daemon
