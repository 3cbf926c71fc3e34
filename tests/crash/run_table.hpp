// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace forkmend::testing {

/// What a host was after the recovery from a crash.
enum class Ended { as_before, as_healed, between };

/// Counts a run for the table "remedy, runs, ended as before, ended as healed" that the program
/// prints at its end. `how`: "kill", "undo killed", ...
void count_run(const std::string& remedy, const std::string& how, Ended ended);

/// Whether this is the long form (FORKMEND_CRASH=long): every moment instead of some of them.
[[nodiscard]] bool every_moment();

/// Of `all` moments those that are tried: every one, or about `some` (or as many as FORKMEND_CRASH
/// says), spread over all of them, with another beginning for each `turn`.
[[nodiscard]] std::vector<std::size_t> moments(std::size_t all, std::size_t some,
                                               std::size_t turn = 0);

}  // namespace forkmend::testing
