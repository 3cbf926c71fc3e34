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
#include "redis/log_source.hpp"
#include "redis/log_text.hpp"

namespace forkmend::redis {

/// 1 or 2 when a logfile's name stands for a standard stream of the server itself, as the empty one
/// does; else 0.
[[nodiscard]] int log_descriptor(std::string_view logfile);

/// The log file of a local server, as a path of ours; `logfile` is what CONFIG GET logfile says. A
/// relative one starts at the present working directory, since servers open the file anew for every
/// line. An empty one means standard output, which can be a file too: of one that was renamed the
/// kernel tells the new name, of a deleted one the answer is the descriptor's link.
///
/// Errors: not_found (no such file, or /dev/null), unsupported (the log goes to a pipe, socket or
/// terminal: see find_log_sources()), invalid (no regular file), permission_denied.
[[nodiscard]] Result<std::string> find_server_log(const host::Root& root, std::int64_t pid,
                                                  std::string_view logfile);

/// What has to be in the end of a log that is read.
enum class LogWish {
  any_save,  ///< a line about a save
  failure,   ///< a failed one: INFO tells of it
};

struct LogReadOptions {
  std::size_t first_bytes = std::size_t{256} << 10U;  ///< of the end of the file
  std::size_t most_bytes = std::size_t{4} << 20U;     ///< when the wish is not in the first ones
  std::size_t max_events = 2000;                      ///< the newest count
  LogWish wish = LogWish::any_save;
  /// Nothing: from the file. Its time of change is the time of its last line, which tells the
  /// server's zone and year; where the two do not fit together, the host's zone.
  std::optional<LogClock> clock;
};

/// The end of a log, and what it says about saves.
struct ServerLog {
  LogText log;
  std::vector<LogEvent> events;
};

/// Reads a file that keeps lines of a server. Where the file is shorter than what is wanted, its
/// rotated predecessor is read as well (rotated_predecessor()), so that a failure right before a
/// rotation is found. `pid` is needed for lines of syslog.
///
/// Errors: not_found (also: no line of that server), permission_denied, invalid (not a regular
/// file), io.
[[nodiscard]] Result<ServerLog> read_server_log(const host::Root& root, const LogSource& source,
                                                const ServerPid& pid,
                                                const LogReadOptions& options = {});

/// The same of what journalctl gave (--output=json --reverse: newest first).
[[nodiscard]] ServerLog journal_log(std::string_view records, const LogSource& source,
                                    const ServerPid& pid, std::size_t max_events = 2000);

/// What the end of a server's own log file says about saves, oldest first: events, and lines of
/// kind `other` that help a diagnosis. Starts of the server are events too: what stands before the
/// last one happened to an earlier process. A file in which no line has a frame is taken for a
/// syslog copy of bare messages.
[[nodiscard]] Result<std::vector<LogEvent>> read_log_events(const host::Root& root,
                                                            const std::string& path,
                                                            const LogReadOptions& options = {});

/// The same for text that is at hand already, as in a bundle. `text` begins with a whole line.
[[nodiscard]] std::vector<LogEvent> parse_log_events(std::string_view text, std::string_view source,
                                                     const LogClock& clock,
                                                     std::size_t max_events = 2000);

/// The clock that the last framed line of a log and the file's time of change (seconds since the
/// epoch) agree on; the host's zone where they do not (a bundle's host had another one than ours).
[[nodiscard]] LogClock clock_of_log(std::string_view text, std::int64_t changed_at,
                                    const LocalToUtc& host_zone = host_local_time);

}  // namespace forkmend::redis
