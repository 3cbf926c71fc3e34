// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <string>

#include "engine/machine.hpp"

namespace forkmend::engine {

std::string_view to_string(HealState state) {
  switch (state) {
    case HealState::healed:
      return "healed";
    case HealState::mitigated:
      return "mitigated";
    case HealState::not_healed:
      return "not-healed";
    case HealState::undo_incomplete:
      return "undo-incomplete";
    case HealState::interrupted:
      return "interrupted";
    case HealState::cannot_record:
      return "cannot-record";
  }
  return "?";
}

std::string_view to_string(MachineState state) {
  switch (state) {
    case MachineState::ready:
      return "ready";
    case MachineState::first_aid:
      return "first-aid";
    case MachineState::undoing_first_aid:
      return "undoing-first-aid";
    case MachineState::applying:
      return "applying";
    case MachineState::verifying:
      return "verifying";
    case MachineState::reading_back:
      return "reading-back";
    case MachineState::undoing:
      return "undoing";
    case MachineState::persisting:
      return "persisting";
    case MachineState::undoing_persist:
      return "undoing-persist";
    case MachineState::removing_first_aid:
      return "removing-first-aid";
    case MachineState::done:
      return "done";
  }
  return "?";
}

std::string_view to_string(EventKind event) {
  switch (event) {
    case EventKind::start:
      return "start";
    case EventKind::applied:
      return "applied";
    case EventKind::apply_failed:
      return "apply-failed";
    case EventKind::cannot_record:
      return "cannot-record";
    case EventKind::verified:
      return "verified";
    case EventKind::not_verified:
      return "not-verified";
    case EventKind::put_off:
      return "put-off";
    case EventKind::aborted:
      return "aborted";
    case EventKind::unchanged:
      return "unchanged";
    case EventKind::drifted:
      return "drifted";
    case EventKind::undone:
      return "undone";
    case EventKind::undo_failed:
      return "undo-failed";
    case EventKind::kept:
      return "kept";
    case EventKind::stop:
      return "stop";
  }
  return "?";
}

std::string_view to_string(StepGroup group) {
  switch (group) {
    case StepGroup::first_aid:
      return "first-aid";
    case StepGroup::attempt:
      return "attempt";
    case StepGroup::persist:
      return "persist";
  }
  return "?";
}

namespace {

std::string step_name(const Action& action) {
  std::string name(to_string(action.group));
  if (action.group != StepGroup::first_aid) name += " " + std::to_string(action.attempt + 1);
  return name + " step " + std::to_string(action.step + 1);
}

}  // namespace

std::string to_string(const Action& action) {
  switch (action.kind) {
    case ActionKind::apply:
      return "apply " + step_name(action);
    case ActionKind::verify:
      return "verify attempt " + std::to_string(action.attempt + 1);
    case ActionKind::read_back:
      return "read back attempt " + std::to_string(action.attempt + 1);
    case ActionKind::undo:
      return "undo " + step_name(action);
    case ActionKind::finish:
      return "finish " + std::string(to_string(action.result));
  }
  return "?";
}

}  // namespace forkmend::engine
