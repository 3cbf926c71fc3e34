// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/rails.hpp"

namespace forkmend::engine {

/// A person's word that nothing is to be changed for a while, in STATE/pause.
struct Pause {
  WallTime since;
  std::optional<WallTime> until;  ///< nullopt: until somebody resumes
  std::string reason;
  std::string actor;
};

/// Whether it holds at that time. Pure.
[[nodiscard]] bool holds(const Pause& pause, WallTime now);

/// As the file holds it, one JSON object; and back. Errors: parse.
[[nodiscard]] std::string to_text(const Pause& pause);
[[nodiscard]] Result<Pause> pause_from_text(std::string_view text);

/// Replaces the file as a whole and on disk. Errors: as open_state_dir(), no_space.
[[nodiscard]] Result<void> write_pause(const std::string& state_dir, const Pause& pause);

/// nullopt: there is none. Errors: it is there and cannot be read.
[[nodiscard]] Result<std::optional<Pause>> read_pause(const std::string& state_dir);

/// Takes it away; false when there was none.
[[nodiscard]] Result<bool> remove_pause(const std::string& state_dir);

/// The stop file and the pause, as gates that nobody passes by name. A pause that cannot be read
/// holds: who cannot tell must not change anything.
[[nodiscard]] std::vector<GateResult> standing_gates(const std::string& state_dir, Now now);

}  // namespace forkmend::engine
