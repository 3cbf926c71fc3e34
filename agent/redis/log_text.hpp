// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "redis/source_line.hpp"

namespace forkmend::redis {

/// A server's log as its own file would have it, whoever kept the lines.
struct LogText {
  std::string text;             ///< begins with a whole line
  std::int64_t changed_at = 0;  ///< when its last line was written, seconds since the epoch
};

/// One server process by its two numbers. A log has the inner one, and so has a syslog daemon's
/// file (syslog(3) asks getpid()); journald knows the outer one.
struct ServerPid {
  std::int64_t host = 0;  ///< as /proc and the keeper of the lines number it
  std::int64_t own = 0;   ///< as the server does (INFO process_id)
};

/// What a server wrote to a standard stream, with frames of its own. The keeper's time of the last
/// framed line takes the place of the file's time of change, so that it tells the server's zone.
[[nodiscard]] LogText text_of_stream(const std::vector<SourceLine>& lines);

/// What a server gave syslog: bare messages, which get the frame that its file would have, with the
/// keeper's time, e.g. "812:M 2025-11-25T03:04:05.678+00:00 # MESSAGE". Only lines of this process
/// (pid.host) and of the children that its own lines name: every server of a host may have the same
/// identifier. Children in another pid namespace than the keeper's are not found.
[[nodiscard]] LogText text_of_syslog(const std::vector<SourceLine>& lines, const ServerPid& pid);

}  // namespace forkmend::redis
