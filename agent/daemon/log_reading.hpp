// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "daemon/event.hpp"
#include "redis/log_source.hpp"
#include "redis/log_text.hpp"

namespace forkmend::daemon {

/// What lines that were just appended ask for, all together: the strongest meaning, with the first
/// line that has it. nullopt: nothing. `text` has whole lines in the form of the source's keeper;
/// the endpoint stays empty. Pure.
[[nodiscard]] std::optional<Event> read_lines(const redis::LogSource& source,
                                              const redis::ServerPid& pid, std::string_view text,
                                              Now now);

}  // namespace forkmend::daemon
