// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "diagnosis/diagnosis.hpp"
#include "diagnosis/log_story.hpp"
#include "diagnosis/server_state.hpp"

namespace forkmend::diagnosis {

/// What fails at this moment, one failure a kind, newest first, those without a time last. INFO
/// decides where it can; the log tells stage and errno, and what INFO never shows: syncs, and
/// rewrites before 7.0. Pure.
[[nodiscard]] std::vector<Failure> find_failures(const ServerState& server, const LogStory& log,
                                                 WallTime now);

}  // namespace forkmend::diagnosis
