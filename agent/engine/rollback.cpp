// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/rollback.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "engine/recorded_changes.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

bool in_force(ChangeState state) {
  return state == ChangeState::intended || state == ChangeState::applied ||
         state == ChangeState::undo_failed;
}

Result<std::vector<ChangeRecord>> change_by_id(const Journal& journal, std::int64_t id) {
  auto all = journal.changes("");
  if (!all) return all;
  const auto found = std::ranges::find(*all, id, &ChangeRecord::id);
  if (found == all->end()) {
    return Error{Errc::not_found, "the journal has no change " + std::to_string(id)};
  }
  return std::vector<ChangeRecord>{*found};
}

/// What the selector means, newest first. A change named by its id is there whatever its state.
Result<std::vector<ChangeRecord>> selected(const Journal& journal, const RollbackOptions& options) {
  Result<std::vector<ChangeRecord>> chosen = std::vector<ChangeRecord>();
  if (options.all) {
    chosen = journal.changes_in_force();
  } else if (const auto id = parse_integer(options.selector)) {
    return change_by_id(journal, *id);
  } else {
    const auto incident = journal.incident(options.selector);
    if (!incident) return incident.error();
    chosen = journal.changes(options.selector);
    if (chosen) std::erase_if(*chosen, [](const auto& one) { return !in_force(one.state); });
  }
  if (chosen) std::ranges::reverse(*chosen);
  return chosen;
}

RollbackItem nothing_to_undo(ChangeRecord change) {
  const ChangeState state = change.state;
  std::string says = "nothing to undo: it is " + std::string(to_string(state));
  if (!change.comment.empty()) says += " (" + change.comment + ")";
  return RollbackItem{.change = std::move(change), .result = state, .says = std::move(says)};
}

/// What an incident was before it was undone.
using StatesBefore = std::map<std::string, IncidentState>;

/// Undoing takes several steps: until the last one the incident is open, so that whoever runs next
/// goes on where a kill has ended this. A journal that takes no more is no reason not to undo.
void open_again(Journal* journal, const StatesBefore& incidents) {
  for (const auto& [id, state] : incidents) {
    const auto record = journal->incident(id);
    if (!record || state == IncidentState::open) continue;
    static_cast<void>(journal->close_incident(id, IncidentState::open, record->report));
  }
}

Result<StatesBefore> states_of(const Journal& journal, const std::vector<ChangeRecord>& changes) {
  StatesBefore states;
  for (const ChangeRecord& change : changes) {
    if (!in_force(change.state) || states.contains(change.incident)) continue;
    const auto record = journal.incident(change.incident);
    if (!record) return record.error();
    states.emplace(change.incident, record->state);
  }
  return states;
}

/// An incident of which nothing is in force any more is rolled back; any other one is again what it
/// was. Its report stays.
Result<void> close_again(Journal* journal, const std::string& incident, IncidentState before) {
  const auto changes = journal->changes(incident);
  if (!changes) return changes.error();
  const auto record = journal->incident(incident);
  if (!record) return record.error();
  const bool left = std::ranges::any_of(*changes, in_force, &ChangeRecord::state);
  const IncidentState state = left ? before : IncidentState::rolled_back;
  if (left && record->state == state) return ok();
  return journal->close_incident(incident, state, record->report);
}

ChangeState state_after(UndoAction action) {
  switch (action) {
    case UndoAction::none:
    case UndoAction::gone:
    case UndoAction::restore:
      return ChangeState::undone;
    case UndoAction::drifted:
      return ChangeState::released;
    case UndoAction::unknown:
      return ChangeState::undo_failed;
  }
  return ChangeState::undo_failed;
}

asio::awaitable<RollbackItem> preview(DryRunActuator* actuator, ChangeRecord change) {
  const auto live = co_await actuator->read(change.step.target);
  auto decision = co_await decide_live_undo(actuator, change, live);
  if (decision.action == UndoAction::restore) {
    // So that an older change of the same target sees what this one would leave.
    ChangeRequest request{
        .target = change.step.target, .expected = change.step.after, .value = change.step.before};
    const auto done = co_await actuator->change(std::move(request));
    decision = done ? UndoDecision{UndoAction::restore, "would run: " + change.step.undo_shell}
                    : UndoDecision{UndoAction::unknown, done.error().message};
  }
  const ChangeState result = state_after(decision.action);
  co_return RollbackItem{
      .change = std::move(change), .result = result, .says = std::move(decision.says)};
}

}  // namespace

asio::awaitable<Result<std::vector<RollbackItem>>> rollback(Journal* journal, Actuator* actuator,
                                                            RollbackOptions options) {
  auto chosen = selected(*journal, options);
  if (!chosen) co_return chosen.error();
  const auto incidents = states_of(*journal, *chosen);
  if (!incidents) co_return incidents.error();
  const bool whole = options.all || !parse_integer(options.selector);
  if (whole) open_again(journal, *incidents);
  std::vector<RollbackItem> items;
  for (ChangeRecord& change : *chosen) {
    if (!in_force(change.state)) {
      items.push_back(nothing_to_undo(std::move(change)));
      continue;
    }
    auto item = co_await undo_step(journal, actuator, std::move(change));
    items.push_back(std::move(item));
  }
  for (const auto& [incident, before] : *incidents) {
    const auto closed = close_again(journal, incident, before);
    if (!closed) co_return closed.error().during("closing incident " + incident);
  }
  co_return items;
}

asio::awaitable<Result<std::vector<RollbackItem>>> rollback_preview(const Journal* journal,
                                                                    DryRunActuator* actuator,
                                                                    RollbackOptions options) {
  auto chosen = selected(*journal, options);
  if (!chosen) co_return chosen.error();
  std::vector<RollbackItem> items;
  for (ChangeRecord& change : *chosen) {
    if (!in_force(change.state)) {
      items.push_back(nothing_to_undo(std::move(change)));
      continue;
    }
    auto item = co_await preview(actuator, std::move(change));
    items.push_back(std::move(item));
  }
  co_return items;
}

}  // namespace forkmend::engine
