// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "cli/command.hpp"

namespace forkmend::cli {

/// `history remedies`: what each remedy has come to on this host.
[[nodiscard]] ExitCode history_remedies(Session& session);

}  // namespace forkmend::cli
