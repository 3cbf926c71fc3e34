// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "engine/observe.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// The newest part of a local server's log, as it is seen from the host, into observation.log, and
/// instance.log_file: its path, or why there is none to read.
void read_server_log(const host::Root& root, ObservedInstance& instance);

}  // namespace forkmend::engine
