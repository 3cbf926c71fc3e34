// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "engine/live_actuator.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// Runs "systemctl daemon-reload" where systemd is the system manager of the live host; anywhere
/// else there is nobody to tell and it succeeds. Errors: invalid for any other word; what the
/// command met or said.
[[nodiscard]] AfterwardsRunner system_manager_runner(const host::Root& root);

}  // namespace forkmend::engine
