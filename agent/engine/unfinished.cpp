// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/unfinished.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "engine/first_aid.hpp"
#include "engine/recorded_changes.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::minutes kRetry{1};

bool in_force(const ChangeRecord& change) {
  return change.state == ChangeState::intended || change.state == ChangeState::applied ||
         change.state == ChangeState::undo_failed;
}

/// A change that was kept or could not be undone says why; wall time is all that is recorded.
bool is_due(const ChangeRecord& change, WallTime now) {
  const bool tried = change.state == ChangeState::undo_failed ||
                     (change.state == ChangeState::applied && !change.comment.empty());
  return !tried || now < change.at || now - change.at >= kRetry;
}

/// Newest first.
Result<std::vector<ChangeRecord>> in_force_of(const Journal& journal, const std::string& incident) {
  auto changes = journal.changes(incident);
  if (!changes) return changes;
  std::erase_if(*changes, [](const ChangeRecord& change) { return !in_force(change); });
  std::ranges::reverse(*changes);
  return changes;
}

/// Newest changes come off first, so that one which has to wait makes the older ones wait.
bool can_go_on(const std::vector<ChangeRecord>& changes, WallTime now) {
  return changes.empty() || is_due(changes.front(), now);
}

void say(Journal* journal, const std::string& incident, const std::string& line) {
  log::write(log::Level::warning, incident, line);
  const auto noted = journal->note(incident, line);
  if (!noted) log::write(log::Level::warning, incident, noted.error().message);
}

/// True: it is gone. What is the same as at the last try is not said again.
asio::awaitable<bool> undo_one(Journal* journal, Actuator* actuator, ConnectionLookup connections,
                               ChangeRecord change) {
  const std::string incident = change.incident;
  const std::string said_before = change.comment;
  auto harm = co_await ask_harm_of_undoing(change.step, std::move(connections));
  if (harm) {
    const auto marked = journal->mark(change.id, ChangeState::applied, *harm);
    if (!marked) *harm += "; not recorded: " + marked.error().message;
    if (*harm != said_before) say(journal, incident, change.step.remedy + ": " + *harm);
    co_return false;
  }
  const RollbackItem item = co_await undo_step(journal, actuator, std::move(change));
  if (item.says != said_before) {
    say(journal, incident, item.change.step.remedy + ": " + item.says);
  }
  co_return item.result != ChangeState::undo_failed;
}

Result<void> close_undone(Journal* journal, const std::string& incident) {
  say(journal, incident,
      "forkmend ended in the middle of this incident; nothing of what it changed is in force");
  const auto record = journal->incident(incident);
  if (!record) return record.error();
  return journal->close_incident(incident, IncidentState::rolled_back, record->report);
}

asio::awaitable<Result<void>> finish_one(Journal* journal, Actuator* actuator,
                                         ConnectionLookup connections, std::string incident,
                                         WallTime now) {
  auto changes = in_force_of(*journal, incident);
  if (!changes) co_return changes.error();
  for (ChangeRecord& change : *changes) {
    if (!is_due(change, now)) co_return ok();
    const bool gone = co_await undo_one(journal, actuator, connections, std::move(change));
    if (!gone) co_return ok();
  }
  co_return close_undone(journal, incident);
}

}  // namespace

Result<bool> any_unfinished(const Journal& journal, WallTime now) {
  const auto incidents = journal.open_incidents();
  if (!incidents) return incidents.error();
  for (const std::string& incident : *incidents) {
    const auto changes = in_force_of(journal, incident);
    if (!changes) return changes.error();
    if (can_go_on(*changes, now)) return true;
  }
  return false;
}

asio::awaitable<Result<void>> finish_unfinished(Journal* journal, Actuator* actuator,
                                                ConnectionLookup connections, WallTime now) {
  auto incidents = journal->open_incidents();
  if (!incidents) co_return incidents.error();
  std::ranges::reverse(*incidents);
  for (const std::string& incident : *incidents) {
    const auto finished = co_await finish_one(journal, actuator, connections, incident, now);
    if (!finished) co_return finished.error().during("ending incident " + incident);
  }
  co_return ok();
}

}  // namespace forkmend::engine
