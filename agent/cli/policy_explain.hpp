// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>

#include "cli/command.hpp"

namespace forkmend::cli {

/// For each server: which rule matches and why the others do not, every gate that is closed and the
/// command that opens it, and the plan.
[[nodiscard]] boost::asio::awaitable<ExitCode> explain_policy(Session session);

}  // namespace forkmend::cli
