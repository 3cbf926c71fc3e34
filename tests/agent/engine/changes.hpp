// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/journal.hpp"
#include "engine/live_actuator.hpp"
#include "remediations/step.hpp"

namespace forkmend::testing {

using StepValue = std::optional<std::string>;
using Files = std::map<std::string, std::string>;

inline remediations::Step step(remediations::StepType type, std::string name, StepValue before,
                               StepValue after) {
  remediations::Step made;
  made.remedy = "a-remedy";
  made.target.type = type;
  made.target.name = std::move(name);
  made.before = std::move(before);
  made.after = std::move(after);
  made.undo_shell = "undo it";
  return made;
}

inline engine::ChangeRecord change_of(remediations::Step made) {
  engine::ChangeRecord change;
  change.incident = "i-20260821T031502-0001";
  change.plan = "p-0123456789ab";
  change.step = std::move(made);
  return change;
}

/// The journal of a state directory, with the incident of change_of().
inline std::unique_ptr<engine::Journal> journal_with_incident(const std::string& state_dir) {
  auto journal = engine::Journal::open(state_dir).value();
  engine::IncidentRecord incident;
  incident.id = "i-20260821T031502-0001";
  incident.instance = "redis://127.0.0.1:6379";
  incident.cause = "commit-limit";
  incident.report = "{\"schema\":1}";
  journal->open_incident(incident).value();
  return journal;
}

/// On a private tree, with nobody to tell afterwards.
inline engine::LiveActuator actuator_on(const host::Root& root) {
  return engine::LiveActuator(root, {});
}

}  // namespace forkmend::testing
