// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "engine/actuator.hpp"
#include "engine/heal.hpp"
#include "engine/journal.hpp"

namespace forkmend::engine {

/// Carries out one step of an open incident: durable intent, then the change, then its outcome.
/// The record given needs incident, plan, attempt and step; the one returned has its id, state and
/// comment:
///   applied   done, read back and recorded
///   failed    nothing was changed; the comment says why
///   intended  the change may be in force (the write or its record failed in the middle): undo it
///             with undo_step, now or after a restart
/// Errors: the journal refused the intent; nothing was changed.
[[nodiscard]] boost::asio::awaitable<Result<ChangeRecord>> apply_step(Journal* journal,
                                                                      Actuator* actuator,
                                                                      ChangeRecord change);

/// What is to be done about a change, from the live value alone: the same after a failed
/// verification, on `rollback`, and after a crash at any point.
enum class UndoAction {
  none,     ///< the old value is there
  restore,  ///< ours: write the old value
  gone,     ///< the process or cgroup that had it has ended
  drifted,  ///< somebody else's value: leave it
  unknown,  ///< it cannot be read
};

struct UndoDecision {
  UndoAction action = UndoAction::unknown;
  std::string says;
};

/// Pure.
[[nodiscard]] UndoDecision decide_undo(const ChangeRecord& change,
                                       const Result<std::optional<std::string>>& live);

/// The same for what is live now. A value that is neither of both in a cgroup that was made anew is
/// nobody's change: ours went with the cgroup that had it.
[[nodiscard]] boost::asio::awaitable<UndoDecision> decide_live_undo(
    Actuator* actuator, ChangeRecord change, Result<std::optional<std::string>> live);

/// Undoes one change as decide_undo says and records it: undone, released or undo_failed. Never
/// fails: what went wrong is in the item.
[[nodiscard]] boost::asio::awaitable<RollbackItem> undo_step(Journal* journal, Actuator* actuator,
                                                             ChangeRecord change);

}  // namespace forkmend::engine
