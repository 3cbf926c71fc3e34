// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "base/result.hpp"
#include "engine/dry_run_actuator.hpp"
#include "engine/heal.hpp"

namespace forkmend::engine {

/// What rollback() would do now, newest first: the same decisions over live values, nothing written
/// and nothing recorded, so a read-only journal is enough. Errors: as rollback().
[[nodiscard]] boost::asio::awaitable<Result<std::vector<RollbackItem>>> rollback_preview(
    const Journal* journal, DryRunActuator* actuator, RollbackOptions options);

}  // namespace forkmend::engine
