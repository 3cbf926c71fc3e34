// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "engine/observe.hpp"

namespace forkmend::daemon {

/// What a server holds at this look, for what comes of it over time, unless there is a sample that
/// is hardly older. A full disk is no reason to stop watching: what goes wrong is logged.
void keep_sample(const std::string& state_dir, const engine::ObservedInstance& seen);

}  // namespace forkmend::daemon
