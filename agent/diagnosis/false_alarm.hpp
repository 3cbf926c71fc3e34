// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>

#include "diagnosis/diagnosis.hpp"
#include "diagnosis/log_story.hpp"
#include "diagnosis/server_state.hpp"

namespace forkmend::diagnosis {

/// What looks like a failure and is none, where nothing fails: a child that the server itself
/// called off by SIGUSR1 (FLUSHALL, SHUTDOWN, a new full sync), which no version counts as an error
/// (backgroundSaveDoneHandlerDisk() of rdb.c).
[[nodiscard]] std::optional<Cause> find_false_alarm(const ServerState& server,
                                                    const LogStory& story);

}  // namespace forkmend::diagnosis
