// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/actuator.hpp"
#include "engine/heal.hpp"
#include "engine/journal.hpp"
#include "engine/live_actuator.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// Whether a change that is in force has outlived its step's lease. Only wall time is in the
/// record, so that it holds over a reboot: a lease that would have more left than it ever had means
/// that the clock was set back, and is over. One whose undo failed is tried again every minute.
/// Pure.
[[nodiscard]] bool lease_is_over(const ChangeRecord& change, WallTime now);

/// When the lease ends; nullopt: it has none.
[[nodiscard]] std::optional<WallTime> lease_end(const ChangeRecord& change);

/// Undoes every change whose lease is over, newest first, with a note in its incident. Where that
/// would do harm now (first_aid.hpp), it has its lease once more. Returns what is news. The caller
/// holds the HostLock. Errors: the journal cannot be read.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<RollbackItem>>> end_leases(
    Journal* journal, Actuator* actuator, ConnectionLookup connections, WallTime now);

/// The same for a process that begins, or that looks from time to time; first it undoes what a
/// forkmend that was killed left half done (unfinished.hpp). Opens the journal and takes the
/// HostLock only where there is something to do. Does nothing while a stop file is there, or when
/// another forkmend holds the lock: that one does it.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<RollbackItem>>> end_leases_of_host(
    host::Root root, std::string state_dir, ConnectionLookup connections);

/// One warning each, under its incident's id.
void log_ended(const std::vector<RollbackItem>& items);

}  // namespace forkmend::engine
