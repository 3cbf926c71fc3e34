// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>

#include "forecast/forecast.hpp"
#include "host_knobs.hpp"
#include "scoreboard.hpp"
#include "setups.hpp"

namespace forkmend::bench {

enum class Made {
  yes,
  not_possible,  ///< a step of the recipe is refused here
  disturbed,     ///< others moved what is committed, or left the cgroup, in the meantime
};

/// Makes one: the forecast over facts of the live host, then the fork. Where it was refused, the
/// binding rule alone is lifted and both are done again, which shows that it was this one.
[[nodiscard]] Made run_trial(const Setup& setup, HostKnobs& knobs, Scoreboard& board);

/// The same with a real server that is told to save.
[[nodiscard]] Made run_server_trial(Random& random, HostKnobs& knobs, Scoreboard& board);

[[nodiscard]] HostSize host_size(const HostKnobs& knobs);

/// A trial without its outcome; `about`: the rule to name when none binds.
[[nodiscard]] Trial predicted(const forecast::Forecast& forecast, const std::string& about);

/// Adds a trial to the board, and tells of a wrong one on stderr.
void record(Scoreboard& board, const Trial& trial, const std::string& what);

}  // namespace forkmend::bench
