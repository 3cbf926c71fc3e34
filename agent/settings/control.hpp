// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "settings/settings.hpp"

namespace forkmend::settings {

/// [control] of the file and its drop-ins, whatever else is wrong with them: an agent that runs is
/// to be found while somebody edits its configuration.
[[nodiscard]] ControlSettings load_control(const std::string& path);

}  // namespace forkmend::settings
