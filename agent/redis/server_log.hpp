// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"
#include "redis/log_event.hpp"
#include "redis/log_line.hpp"

namespace forkmend::redis {

/// The log file of a local server, as a path of ours; `logfile` is what CONFIG GET logfile says. A
/// relative one starts at the present working directory, since servers open the file anew for every
/// line. An empty one means standard output, which can be a file too.
///
/// Errors: not_found (no such file, or /dev/null), unsupported (the log goes to a pipe, socket or
/// terminal: journald or a container's log has it), invalid (no regular file), permission_denied.
[[nodiscard]] Result<std::string> find_server_log(const host::Root& root, std::int64_t pid,
                                                  std::string_view logfile);

struct LogReadOptions {
  std::size_t first_bytes = std::size_t{256} << 10U;  ///< of the end of the file
  std::size_t most_bytes = std::size_t{4} << 20U;     ///< when no save is found in the first ones
  std::size_t max_events = 2000;                      ///< the newest count
  /// Nothing: from the file. Its time of change is the time of its last line, which tells the
  /// server's zone and year; where the two do not fit together, the host's zone.
  std::optional<LogClock> clock;
};

/// What the end of a server's log says about saves, oldest first: events, and lines of kind `other`
/// that help a diagnosis. Starts of the server are events too: what stands before the last one
/// happened to an earlier process. A file in which no line has a frame is taken for a syslog copy
/// of bare messages.
///
/// Errors: not_found, permission_denied, invalid (not a regular file), io.
[[nodiscard]] Result<std::vector<LogEvent>> read_log_events(const host::Root& root,
                                                            const std::string& path,
                                                            const LogReadOptions& options = {});

/// The same for text that is at hand already, as in a bundle. `text` begins with a whole line.
[[nodiscard]] std::vector<LogEvent> parse_log_events(std::string_view text, std::string_view source,
                                                     const LogClock& clock,
                                                     std::size_t max_events = 2000);

/// The clock that the last line of a log and the file's time of change (seconds since the epoch)
/// agree on; the host's zone where they do not (a bundle's host had another one than ours).
[[nodiscard]] LogClock clock_of_log(std::string_view text, std::int64_t changed_at,
                                    const LocalToUtc& host_zone = host_local_time);

}  // namespace forkmend::redis
