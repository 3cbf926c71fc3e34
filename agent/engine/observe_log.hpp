// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fact.hpp"
#include "engine/observe.hpp"
#include "host/root.hpp"
#include "redis/log_event.hpp"

namespace forkmend::engine {

/// The newest part of a local server's log, as it is seen from the host, into observation.log, and
/// instance.log_file: its path, or why there is none to read.
void read_server_log(const host::Root& root, ObservedInstance& instance);

/// The same from what is at hand already.
void take_server_log(ObservedInstance& instance, const std::string& path,
                     std::vector<redis::LogEvent> events);
void miss_server_log(ObservedInstance& instance, FactState state, std::string_view because);

}  // namespace forkmend::engine
