// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What a proof, or the lack of one, leads to.
#include "engine/machine.hpp"

namespace forkmend::engine {

// Where the load did not allow a save of ours, the next attempt would meet the same load. Nothing
// speaks against what is in force, and without it the server's own saves fail.
void IncidentMachine::on_verifying(EventKind event) {
  const std::size_t steps = shape_now().steps;
  if (event == EventKind::verified) {
    state_ = MachineState::reading_back;
  } else if (event == EventKind::not_verified) {
    fail_attempt(steps);
  } else if (event == EventKind::aborted || (event == EventKind::put_off && steps == 0)) {
    give_up_ = true;
    fail_attempt(steps);
  } else if (event == EventKind::put_off) {
    put_off_ = true;
    state_ = MachineState::reading_back;
  }
}

void IncidentMachine::on_reading_back(EventKind event) {
  if (event == EventKind::unchanged && (shape_now().mitigates || put_off_)) {
    mitigated_ = true;
    remove_first_aid();
  } else if (event == EventKind::unchanged) {
    healed_ = true;
    step_ = 0;
    state_ = MachineState::persisting;
    next_persist();
  } else if (event == EventKind::drifted) {
    give_up_ = put_off_;
    fail_attempt(shape_now().steps);
  }
}

}  // namespace forkmend::engine
