// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "redis/log_event.hpp"

namespace forkmend::redis {

/// What a wall clock shows, without a zone: what servers write into their logs.
struct LocalTime {
  int year = 1970;
  int month = 1;  ///< 1 to 12
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;

  bool operator==(const LocalTime&) const = default;
};

using LocalToUtc = std::function<std::optional<WallTime>(const LocalTime&)>;

/// The rules of this host's time zone (mktime). An hour that a change of the clock repeats is taken
/// as the zone library takes it: such a time may be off by that hour.
[[nodiscard]] std::optional<WallTime> host_local_time(const LocalTime& local);

/// A zone with a fixed distance: local time = UTC + offset.
[[nodiscard]] LocalToUtc fixed_offset(std::chrono::minutes offset);

/// What is needed to make an instant of a logged date.
struct LogClock {
  /// No line is newer (a day of slack is granted for zones): Redis 4.0 logs no year, it is the
  /// latest one that fits.
  WallTime newest{};
  /// The zone of the server process, which in a container is often not the host's. Not asked for
  /// dates that carry their own zone (iso8601, milliseconds, signal handler).
  LocalToUtc to_utc = host_local_time;
};

/// One line of a server's log file. Takes the frames of Redis 4.0 to 8, KeyDB and Valkey (legacy
/// and logfmt, each with legacy, iso8601 or milliseconds time), the signal handler's, and lines of
/// syslog or the journal's text form, where only the message is left. Anything else, a line with a
/// fault in its frame too, is LogEventKind::other with the whole line as message.
///
/// Never fails, whatever the bytes. A message means something only from its first character on, so
/// that values a server echoes into it prove nothing. Still, whoever may run scripts on a server
/// can make it log any text: a line is a claim of the server, no evidence of the host.
[[nodiscard]] LogEvent parse_log_line(std::string_view line, const LogClock& clock);

/// A message without any frame: what journald's MESSAGE field or a syslog file's last column holds.
[[nodiscard]] LogEvent parse_log_message(std::string_view message);

/// Whether the line had one of the frames above.
[[nodiscard]] bool has_frame(const LogEvent& event);

}  // namespace forkmend::redis
