// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/actuator.hpp"
#include "engine/journal.hpp"
#include "engine/live_actuator.hpp"

namespace forkmend::engine {

/// Whether an incident is open of which something can be done now: its maker is dead, if the
/// HostLock is free. What could not be undone is tried again every minute.
[[nodiscard]] Result<bool> any_unfinished(const Journal& journal, WallTime now);

/// Recovery after kill -9, power cut or reboot: each open incident is undone, newest change first,
/// as the live values say, and closed as rolled back. Where taking a change back would do harm now
/// (first_aid.hpp), or it cannot be undone, the incident stays open until that is different. Says
/// in the log what is news. The caller holds the HostLock. Errors: the journal cannot be read or
/// written.
[[nodiscard]] boost::asio::awaitable<Result<void>> finish_unfinished(Journal* journal,
                                                                     Actuator* actuator,
                                                                     ConnectionLookup connections,
                                                                     WallTime now);

}  // namespace forkmend::engine
