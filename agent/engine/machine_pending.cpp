// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/machine.hpp"

namespace forkmend::engine {

Action IncidentMachine::pending() const {
  switch (state_) {
    case MachineState::first_aid:
      return {ActionKind::apply, StepGroup::first_aid, 0, step_};
    case MachineState::undoing_first_aid:
      return {ActionKind::undo, StepGroup::first_aid, 0, step_};
    case MachineState::applying:
      return {ActionKind::apply, StepGroup::attempt, attempt_, step_};
    case MachineState::verifying:
      return {ActionKind::verify, StepGroup::attempt, attempt_, 0};
    case MachineState::reading_back:
      return {ActionKind::read_back, StepGroup::attempt, attempt_, 0};
    case MachineState::undoing:
      return {ActionKind::undo, StepGroup::attempt, attempt_, step_};
    case MachineState::persisting:
      return {ActionKind::apply, StepGroup::persist, attempt_, step_};
    case MachineState::undoing_persist:
      return {ActionKind::undo, StepGroup::persist, attempt_, step_};
    case MachineState::removing_first_aid:
      return {ActionKind::undo, StepGroup::first_aid, 0, aid_.back()};
    case MachineState::ready:
    case MachineState::done:
      break;
  }
  return {.kind = ActionKind::finish, .result = result()};
}

/// A proven save counts above all, and then a mitigation in force: what stayed of first aid or
/// persistence is told beside it.
HealState IncidentMachine::result() const {
  if (healed_) return HealState::healed;
  if (mitigated_) return HealState::mitigated;
  if (incomplete_) return HealState::undo_incomplete;
  if (cannot_record_) return HealState::cannot_record;
  if (stopped_) return HealState::interrupted;
  return HealState::not_healed;
}

}  // namespace forkmend::engine
