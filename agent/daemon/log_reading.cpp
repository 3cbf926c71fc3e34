// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/log_reading.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "daemon/event_meaning.hpp"
#include "redis/server_log.hpp"
#include "redis/source_line.hpp"

namespace forkmend::daemon {

namespace {

using redis::LogKeeper;

EventSource source_of(LogKeeper keeper) {
  switch (keeper) {
    case LogKeeper::journal:
    case LogKeeper::syslog_journal:
      return EventSource::journal;
    case LogKeeper::file:
    case LogKeeper::container_file:
    case LogKeeper::syslog_file:
      return EventSource::server_log;
  }
  return EventSource::server_log;
}

/// The lines as the server's own file would have them.
std::string own_text(const redis::LogSource& source, const redis::ServerPid& pid,
                     std::string_view text, const redis::LogClock& clock) {
  switch (source.keeper) {
    case LogKeeper::file:
      break;
    case LogKeeper::container_file:
      return redis::text_of_stream(redis::parse_container_log(text)).text;
    case LogKeeper::syslog_file: {
      const redis::ServerPid inner{.host = pid.own, .own = pid.own};
      return redis::text_of_syslog(redis::parse_syslog_file(text, source.ident, clock), inner).text;
    }
    case LogKeeper::journal:
      return redis::text_of_stream(redis::parse_journal_records(text)).text;
    case LogKeeper::syslog_journal:
      return redis::text_of_syslog(redis::parse_journal_records(text), pid).text;
  }
  return std::string(text);
}

std::optional<std::chrono::microseconds> delay_of(const redis::LogEvent& event, WallTime now) {
  if (!event.at || *event.at > now) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::microseconds>(now - *event.at);
}

}  // namespace

std::optional<Event> read_lines(const redis::LogSource& source, const redis::ServerPid& pid,
                                std::string_view text, Now now) {
  const std::int64_t seconds = std::chrono::system_clock::to_time_t(now.wall);
  const redis::LogClock written_now{.newest = now.wall};
  const std::string lines = own_text(source, pid, text, written_now);
  const redis::LogClock clock = redis::clock_of_log(lines, seconds);
  std::optional<Event> found;
  for (const redis::LogEvent& event : redis::parse_log_events(lines, source.name, clock)) {
    const auto meaning = meaning_of(event.kind);
    if (!meaning || (found && *meaning <= found->meaning)) continue;
    found = Event{.source = source_of(source.keeper),
                  .meaning = *meaning,
                  .endpoint = {},
                  .seen = now.boot,
                  .delay = delay_of(event, now.wall),
                  .says = event.message};
  }
  return found;
}

}  // namespace forkmend::daemon
