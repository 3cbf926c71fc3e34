// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "daemon/control_protocol.hpp"

namespace forkmend::cli {

/// One question to the running agent. Blocks, at most for the deadline. Errors: not_found (nobody
/// listens there: no agent), permission_denied (the socket's mode, or an answer from a user who is
/// neither root nor us), timeout, closed, parse.
[[nodiscard]] Result<daemon::ControlReply> ask_agent(
    const std::string& socket, const daemon::ControlRequest& request,
    std::chrono::milliseconds deadline = std::chrono::seconds(10));

}  // namespace forkmend::cli
