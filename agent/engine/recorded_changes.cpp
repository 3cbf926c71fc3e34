// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/recorded_changes.hpp"
#include "engine/step_access.hpp"

#include <utility>

#include "base/text.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;
using remediations::StepType;

namespace {

std::string brief(const StepValue& value) {
  return value ? "\"" + printable(*value, 80) + "\"" : "absent";
}

/// Why a value that is absent now is gone with what it was of; empty for a target that stays.
std::string_view gone_with(StepType type) {
  switch (type) {
    case StepType::rlimit:
      return "gone with the process";
    case StepType::cgroup_file:
      return "gone with the cgroup";
    case StepType::quarantine:
      return "gone: somebody deleted the file";
    default:
      return "";
  }
}

/// Both files are there: the one that was moved aside, and another one by its name.
std::string kept_beside(const remediations::Step& step) {
  const std::string& path = step.target.name;
  const auto slash = path.rfind('/');
  const std::string ours = path.substr(0, slash) + "/.forkmend-quarantine" + path.substr(slash);
  return printable(path) +
         " was made anew by somebody else and is left as it is; the one that was " +
         "moved aside is " + printable(ours);
}

/// Writes the state into the journal and the record. An outcome that cannot be recorded is no
/// reason to stop: the journal still says what has to be looked at.
void record(Journal* journal, ChangeRecord& change, ChangeState state, std::string comment) {
  change.state = state;
  change.at = read_clock().wall;
  change.comment = std::move(comment);
  const auto marked = journal->mark(change.id, state, change.comment);
  if (marked) return;
  change.comment +=
      (change.comment.empty() ? "" : "; ") + std::string("not recorded: ") + marked.error().message;
}

RollbackItem finish(Journal* journal, ChangeRecord change, ChangeState state, std::string says) {
  record(journal, change, state, std::move(says));
  std::string told = change.comment;
  return RollbackItem{.change = std::move(change), .result = state, .says = std::move(told)};
}

/// Several system calls: one that fails may leave a directory or a part of a file, which the undo
/// removes, although the value is the old one.
bool takes_several_calls(StepType type) {
  return type == StepType::file || type == StepType::config_file || type == StepType::swap ||
         type == StepType::quarantine || type == StepType::hook;
}

/// What a failed change left behind. Its error does not prove that nothing was changed, a refusal
/// included: it may have met the reading back.
ChangeState state_after_failure(const ChangeRecord& change, const Error& error,
                                const Result<StepValue>& live) {
  if (error.code == Errc::changed) return ChangeState::failed;
  // What is done once is not read back: a refusal is one of the deed itself.
  const bool refused = error.code == Errc::permission_denied || error.code == Errc::read_only;
  if (refused && remediations::is_momentary(change.step.target.type)) return ChangeState::failed;
  const bool as_before = live && *live == change.step.before;
  if (as_before && change.step.before != change.step.after &&
      !takes_several_calls(change.step.target.type)) {
    return ChangeState::failed;
  }
  return ChangeState::intended;
}

/// A crash in the middle of a step, or of undoing it, may leave its directory or a temporary file
/// without the file itself, and a reboot a swap file that is not in use; writing the old value once
/// more takes those along.
bool may_have_leftovers(const ChangeRecord& change) {
  switch (change.step.target.type) {
    case StepType::file:
    case StepType::swap:
      return !change.step.before;
    case StepType::config_file:
    case StepType::quarantine:
      return true;
    default:
      return false;
  }
}

asio::awaitable<Result<void>> remove_leftovers(Actuator* actuator, remediations::Step step) {
  ChangeRequest request{
      .target = std::move(step.target), .expected = step.before, .value = step.before};
  co_return co_await actuator->change(std::move(request));
}

/// An undo that failed half way has put the value back and may have left the file: a swap file that
/// is not in use takes its room all the same.
asio::awaitable<RollbackItem> finish_failed_undo(Journal* journal, Actuator* actuator,
                                                 ChangeRecord change, std::string says) {
  if (may_have_leftovers(change)) {
    const auto removed = co_await remove_leftovers(actuator, change.step);
    if (!removed) {
      std::string left = says + "; what is left of it: " + removed.error().message;
      co_return finish(journal, std::move(change), ChangeState::undo_failed, std::move(left));
    }
  }
  co_return finish(journal, std::move(change), ChangeState::undone, std::move(says));
}

asio::awaitable<RollbackItem> restore(Journal* journal, Actuator* actuator, ChangeRecord change,
                                      std::string says) {
  ChangeRequest request{
      .target = change.step.target, .expected = change.step.after, .value = change.step.before};
  const auto done = co_await actuator->change(std::move(request));
  if (done) co_return finish(journal, std::move(change), ChangeState::undone, std::move(says));
  const std::string failure = done.error().message;
  // Somebody may have been faster, the process may be gone, or the write has happened after all.
  const auto live = co_await actuator->read(change.step.target);
  const auto now = co_await decide_live_undo(actuator, change, live);
  std::string although = now.says + " (" + failure + ")";
  switch (now.action) {
    case UndoAction::none:
      co_return co_await finish_failed_undo(journal, actuator, std::move(change),
                                            std::move(although));
    case UndoAction::gone:
      co_return finish(journal, std::move(change), ChangeState::undone, std::move(although));
    case UndoAction::drifted:
      co_return finish(journal, std::move(change), ChangeState::released, now.says);
    case UndoAction::restore:
    case UndoAction::unknown:
      break;
  }
  co_return finish(journal, std::move(change), ChangeState::undo_failed, failure);
}

}  // namespace

asio::awaitable<Result<ChangeRecord>> apply_step(Journal* journal, Actuator* actuator,
                                                 ChangeRecord change) {
  change.step.target.holder = co_await actuator->holder(change.step.target);
  const auto id = journal->intend(change);
  if (!id) co_return id.error();
  change.id = *id;
  change.state = ChangeState::intended;
  ChangeRequest request{
      .target = change.step.target, .expected = change.step.before, .value = change.step.after};
  const auto done = co_await actuator->change(std::move(request));
  if (!done) {
    const auto live = co_await actuator->read(change.step.target);
    const ChangeState state = state_after_failure(change, done.error(), live);
    record(journal, change, state, done.error().message);
    co_return change;
  }
  change.at = read_clock().wall;
  const auto marked = journal->mark(change.id, ChangeState::applied, change.comment);
  if (marked) {
    change.state = ChangeState::applied;
  } else {
    change.comment = "done, but not recorded: " + marked.error().message;
  }
  co_return change;
}

UndoDecision decide_undo(const ChangeRecord& change, const Result<StepValue>& live) {
  const remediations::Step& step = change.step;
  const std::string name = printable(to_string(step.target));
  if (is_momentary(step.target.type)) {
    return {UndoAction::none, name + " was done once: nothing of it is in force"};
  }
  if (!live && live.error().code == Errc::changed) {
    return {UndoAction::gone, "gone with the process: " + live.error().message};
  }
  if (!live) return {UndoAction::unknown, live.error().message};
  if (*live == step.before) return {UndoAction::none, name + " is " + brief(*live) + ", as before"};
  if (*live == step.after) {
    return {UndoAction::restore, name + " is back at " + brief(step.before)};
  }
  if (!*live && !gone_with(step.target.type).empty()) {
    return {UndoAction::gone, std::string(gone_with(step.target.type))};
  }
  if (step.target.type == StepType::quarantine) return {UndoAction::drifted, kept_beside(step)};
  return {UndoAction::drifted, name + " is " + brief(*live) + ": somebody else changed it since (" +
                                   brief(step.before) + " before, " + brief(step.after) +
                                   " by us); left as it is"};
}

asio::awaitable<UndoDecision> decide_live_undo(Actuator* actuator, ChangeRecord change,
                                               Result<StepValue> live) {
  UndoDecision decision = decide_undo(change, live);
  const remediations::Target& target = change.step.target;
  if (decision.action != UndoAction::drifted || target.holder == 0) co_return decision;
  const std::uint64_t now = co_await actuator->holder(target);
  if (now == 0 || now == target.holder) co_return decision;
  co_return UndoDecision{UndoAction::gone, "gone with the cgroup: " + printable(to_string(target)) +
                                               " is of one that was "
                                               "made anew since, with " +
                                               brief(*live) +
                                               "; nothing of ours is in force there"};
}

asio::awaitable<RollbackItem> undo_step(Journal* journal, Actuator* actuator, ChangeRecord change) {
  const auto live = co_await actuator->read(change.step.target);
  auto decision = co_await decide_live_undo(actuator, change, live);
  if (decision.action == UndoAction::none && may_have_leftovers(change)) {
    // Nothing that does anything is left, so that a failure changes nothing about the outcome.
    static_cast<void>(co_await remove_leftovers(actuator, change.step));
  }
  switch (decision.action) {
    case UndoAction::none:
    case UndoAction::gone:
      co_return finish(journal, std::move(change), ChangeState::undone, std::move(decision.says));
    case UndoAction::drifted:
      co_return finish(journal, std::move(change), ChangeState::released, std::move(decision.says));
    case UndoAction::unknown:
      co_return finish(journal, std::move(change), ChangeState::undo_failed,
                       std::move(decision.says));
    case UndoAction::restore:
      break;
  }
  co_return co_await restore(journal, actuator, std::move(change), std::move(decision.says));
}

}  // namespace forkmend::engine
