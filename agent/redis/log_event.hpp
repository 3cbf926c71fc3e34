// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace forkmend::redis {

/// What a server log line means for persistence. Texts by version: see README.md.
enum class LogEventKind {
  other,
  save_started,       ///< "Background saving started by pid N"
  save_ok,            ///< "Background saving terminated with success"
  save_fork_failed,   ///< "Can't save in background: fork: E" and its other spellings
  save_child_error,   ///< "Background saving error"
  save_child_signal,  ///< "Background saving terminated by signal N"
  save_write_error,   ///< the child's own line: open, write, fsync, rename
  rewrite_started,
  rewrite_ok,
  rewrite_fork_failed,  ///< "Can't rewrite append only file in background: fork: E"
  rewrite_child_error,
  rewrite_child_signal,
  rewrite_write_error,
  rewrite_limited,  ///< "... has repeatedly failed and triggered the limit, ..."
  sync_started,     ///< "Background RDB transfer started by pid N"
  sync_target,      ///< "Starting BGSAVE for SYNC with target: ..."
  sync_failed,      ///< "BGSAVE for replication failed"
  sync_child_error,
  sync_child_signal,
  aof_write_error,  ///< "Error writing to the AOF file: E", short write
  aof_write_ok,     ///< "AOF write error looks solved..."
  child_sigusr1,    ///< "Received SIGUSR1 in child, exiting now."
  server_started,   ///< "Server initialized", "oO0OoO0OoO0Oo Redis is starting"
  overcommit_warning,
  thp_warning,
  sync_ok,           ///< "Background RDB transfer terminated with success"
  sync_write_error,  ///< a replica's own temp file of a full sync: open, write, fsync, rename
};

/// Stable spelling, e.g. "save-fork-failed".
[[nodiscard]] std::string_view to_string(LogEventKind kind);

/// One parsed line of a server log.
struct LogEvent {
  LogEventKind kind = LogEventKind::other;
  std::optional<std::int64_t> pid;  ///< as the server's pid namespace numbers it
  char role = '?';                  ///< X sentinel, C child, S replica, M master
  char level = '?';                 ///< '.' debug, '-' verbose, '*' notice, '#' warning
  std::optional<WallTime> at;
  std::optional<int> error_number;  ///< from the strerror text or "errno=N"
  std::optional<int> signal;
  std::optional<std::int64_t> child_pid;
  std::string message;  ///< as logged, unescaped: pass through printable() to show
  std::string source;   ///< file it was read from
};

}  // namespace forkmend::redis
