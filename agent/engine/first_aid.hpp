// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "base/fact.hpp"
#include "engine/live_actuator.hpp"
#include "engine/observe.hpp"
#include "remediations/step.hpp"

namespace forkmend::engine {

/// Why taking a first-aid step back would do harm now: a replica that 7.0+ would abort at its next
/// replicated write while the last save, or an AOF write, is failed (also where the bridge
/// stop-writes was made on a primary that is a replica by now); a flood of empty INCR files while
/// the rewrite of the AOF is failed; writes that stop because a proof failed (write_guard.hpp).
/// nullopt: take it back. Pure.
[[nodiscard]] std::optional<std::string> harm_of_removal(const remediations::Step& step,
                                                         const FactSet& now);

/// Whether this incident ended in a proven save: then forks work again, whatever a status of
/// earlier says.
enum class ForksWork { proven, not_proven };

/// The same with the server asked for how it stands now. A server that does not answer is harmed by
/// nothing.
[[nodiscard]] boost::asio::awaitable<std::optional<std::string>> ask_harm_of_removal(
    remediations::Step step, redis::ConnectionOptions connection, ForksWork forks);

/// The same of a change that is taken back later, when nothing is proven: by its target's
/// connection. A target that no connection is known to has no harm.
[[nodiscard]] boost::asio::awaitable<std::optional<std::string>> ask_harm_of_undoing(
    remediations::Step step, ConnectionLookup connections);

}  // namespace forkmend::engine
