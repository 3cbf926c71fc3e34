// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <array>

#include "engine/journal.hpp"

namespace forkmend::engine {

// The spellings are stored: they may be added to, never changed.

std::string_view to_string(ChangeState state) {
  switch (state) {
    case ChangeState::intended:
      return "intended";
    case ChangeState::applied:
      return "applied";
    case ChangeState::failed:
      return "failed";
    case ChangeState::undone:
      return "undone";
    case ChangeState::released:
      return "released";
    case ChangeState::undo_failed:
      return "undo-failed";
  }
  return "?";
}

std::optional<ChangeState> parse_change_state(std::string_view text) {
  constexpr std::array kAll = {ChangeState::intended, ChangeState::applied,
                               ChangeState::failed,   ChangeState::undone,
                               ChangeState::released, ChangeState::undo_failed};
  for (const ChangeState state : kAll) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

std::string_view to_string(IncidentState state) {
  switch (state) {
    case IncidentState::open:
      return "open";
    case IncidentState::healed:
      return "healed";
    case IncidentState::mitigated:
      return "mitigated";
    case IncidentState::not_healed:
      return "not-healed";
    case IncidentState::undo_incomplete:
      return "undo-incomplete";
    case IncidentState::advice:
      return "advice";
    case IncidentState::blocked:
      return "blocked";
    case IncidentState::rolled_back:
      return "rolled-back";
  }
  return "?";
}

std::optional<IncidentState> parse_incident_state(std::string_view text) {
  constexpr std::array kAll = {
      IncidentState::open,       IncidentState::healed,          IncidentState::mitigated,
      IncidentState::not_healed, IncidentState::undo_incomplete, IncidentState::advice,
      IncidentState::blocked,    IncidentState::rolled_back};
  for (const IncidentState state : kAll) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

}  // namespace forkmend::engine
