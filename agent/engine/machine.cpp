// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/machine.hpp"

#include <utility>

namespace forkmend::engine {

IncidentMachine::IncidentMachine(MachineShape shape) : shape_(std::move(shape)) {}

Action IncidentMachine::on(EventKind event, Now now) {
  if (state_ == MachineState::ready && event == EventKind::start) started_ = now.boot;
  if (state_ != MachineState::done) last_ = now.boot;
  if (event == EventKind::stop) {
    stop();
  } else {
    take(event);
  }
  return pending();
}

void IncidentMachine::take(EventKind event) {
  switch (state_) {
    case MachineState::ready:
      if (event == EventKind::start) {
        step_ = 0;
        next_first_aid();
      }
      return;
    case MachineState::first_aid:
      return on_first_aid(event);
    case MachineState::undoing_first_aid:
      return on_undoing_first_aid(event);
    case MachineState::applying:
      return on_applying(event);
    case MachineState::verifying:
      return on_verifying(event);
    case MachineState::reading_back:
      return on_reading_back(event);
    case MachineState::undoing:
      return on_undoing(event);
    case MachineState::persisting:
      return on_persisting(event);
    case MachineState::undoing_persist:
      return on_undoing_persist(event);
    case MachineState::removing_first_aid:
      return on_removing_first_aid(event);
    case MachineState::done:
      return;
  }
}

/// The pending action is not carried out. What was applied for the running attempt is undone, and
/// undoing goes on: a half undone host is worse than either end.
void IncidentMachine::stop() {
  switch (state_) {
    case MachineState::ready:
      stopped_ = true;
      state_ = MachineState::done;
      return;
    case MachineState::first_aid:
      stopped_ = true;
      remove_first_aid();
      return;
    case MachineState::applying:
      stopped_ = true;
      fail_attempt(step_);
      return;
    case MachineState::verifying:
      stopped_ = true;
      fail_attempt(shape_now().steps);
      return;
    case MachineState::persisting:
      stopped_ = true;
      remove_first_aid();
      return;
    case MachineState::reading_back:  // reads only, and the save is proven
    case MachineState::undoing_first_aid:
    case MachineState::undoing:
    case MachineState::undoing_persist:
      stopped_ = true;
      return;
    case MachineState::removing_first_aid:  // nothing is left that could be stopped
    case MachineState::done:
      return;
  }
}

// First aid that fails does not stop the healing: verification has guards of its own.
void IncidentMachine::on_first_aid(EventKind event) {
  if (event == EventKind::applied) {
    aid_.push_back(step_);
    ++step_;
    next_first_aid();
  } else if (event == EventKind::apply_failed) {
    state_ = MachineState::undoing_first_aid;
  } else if (event == EventKind::cannot_record) {
    refuse_record();
  }
}

void IncidentMachine::on_undoing_first_aid(EventKind event) {
  if (event != EventKind::undone && event != EventKind::undo_failed && event != EventKind::kept) {
    return;
  }
  note_undo(event);
  ++step_;
  next_first_aid();
}

void IncidentMachine::on_applying(EventKind event) {
  if (event == EventKind::applied) {
    ++step_;
    if (step_ == shape_now().steps) after_steps();
  } else if (event == EventKind::apply_failed) {
    fail_attempt(step_ + 1);
  } else if (event == EventKind::cannot_record) {
    refuse_record();
  }
}

void IncidentMachine::on_undoing(EventKind event) {
  if (event != EventKind::undone && event != EventKind::undo_failed && event != EventKind::kept) {
    return;
  }
  note_undo(event);
  if (step_ == 0) {
    after_undo();
  } else {
    --step_;
  }
}

// The server is healed already: a failure here is told, never a reason to undo the healing.
void IncidentMachine::on_persisting(EventKind event) {
  if (event == EventKind::applied) {
    ++step_;
    next_persist();
  } else if (event == EventKind::apply_failed) {
    state_ = MachineState::undoing_persist;
  } else if (event == EventKind::cannot_record) {
    remove_first_aid();
  }
}

void IncidentMachine::on_undoing_persist(EventKind event) {
  if (event != EventKind::undone && event != EventKind::undo_failed && event != EventKind::kept) {
    return;
  }
  ++step_;
  next_persist();
}

void IncidentMachine::on_removing_first_aid(EventKind event) {
  if (event != EventKind::undone && event != EventKind::undo_failed && event != EventKind::kept) {
    return;
  }
  note_undo(event);
  aid_.pop_back();
  remove_first_aid();
}

void IncidentMachine::next_first_aid() {
  if (stopped_) return remove_first_aid();
  if (step_ < shape_.first_aid) {
    state_ = MachineState::first_aid;
    return;
  }
  begin_attempt(0);
}

/// A failed undo ends it all: a next attempt would be tried on a host that is not what was planned.
void IncidentMachine::begin_attempt(std::size_t attempt) {
  if (attempt >= shape_.attempts.size() || incomplete_) return remove_first_aid();
  attempt_ = attempt;
  step_ = 0;
  state_ = MachineState::applying;
  if (shape_now().steps == 0) after_steps();
}

void IncidentMachine::after_steps() {
  const bool bridge = shape_now().mitigates && shape_now().steps > 0;
  if (shape_.verify && !bridge) {
    state_ = MachineState::verifying;
  } else if (shape_now().steps > 0) {
    state_ = MachineState::reading_back;
  } else {
    fail_attempt(0);  // neither a step nor a save: nothing that could have healed
  }
}

void IncidentMachine::fail_attempt(std::size_t steps_to_undo) {
  const bool last = give_up_ || attempt_ + 1 == shape_.attempts.size();
  const bool whole = steps_to_undo == shape_now().steps;
  if (steps_to_undo == 0) return after_undo();
  if (shape_.keep_on_failure && last && whole && !stopped_ && !cannot_record_) {
    incomplete_ = true;  // asked for, but changes are in force and no save works
    return after_undo();
  }
  step_ = steps_to_undo - 1;
  state_ = MachineState::undoing;
}

void IncidentMachine::after_undo() {
  if (stopped_ || incomplete_ || cannot_record_ || give_up_) return remove_first_aid();
  begin_attempt(attempt_ + 1);
}

void IncidentMachine::next_persist() {
  if (stopped_ || !shape_.persist || step_ >= shape_now().persist) return remove_first_aid();
  state_ = MachineState::persisting;
}

void IncidentMachine::remove_first_aid() {
  state_ = aid_.empty() ? MachineState::done : MachineState::removing_first_aid;
}

void IncidentMachine::refuse_record() {
  cannot_record_ = true;
  if (state_ == MachineState::applying) return fail_attempt(step_);
  remove_first_aid();
}

void IncidentMachine::note_undo(EventKind event) {
  if (event != EventKind::undone) incomplete_ = true;
}

}  // namespace forkmend::engine
