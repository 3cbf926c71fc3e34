// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "engine/observe.hpp"
#include "host/root.hpp"
#include "redis/log_source.hpp"
#include "redis/log_text.hpp"
#include "redis/server_log.hpp"

namespace forkmend::engine {

/// The newest part of a local server's log, from where its lines are kept (find_log_sources()),
/// into observation.log and instance.log, and instance.log_file: its path, or "journald unit NAME",
/// or why there is none to read. `instance` outlives the call.
[[nodiscard]] boost::asio::awaitable<void> read_server_log(host::Root root,
                                                           ObservedInstance* instance);

/// What a local server says of its own logging. Errors: CONFIG GET logfile gave nothing.
[[nodiscard]] Result<redis::LogSettings> log_settings(const FactSet& facts);
[[nodiscard]] redis::ServerPid server_pid(const ObservedInstance& instance);

/// The same from what is at hand already; name is what instance.log_file says.
void take_server_log(ObservedInstance& instance, const std::string& name, redis::ServerLog read);
void miss_server_log(ObservedInstance& instance, FactState state, std::string_view because);

}  // namespace forkmend::engine
