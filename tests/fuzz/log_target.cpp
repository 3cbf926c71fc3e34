// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"
#include "redis/log_line.hpp"
#include "redis/server_log.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

namespace {

using redis::LogClock;
using redis::LogEvent;
using redis::LogEventKind;

constexpr std::size_t kMaxMessage = 1024;
constexpr std::int64_t kNewest = 1764039845;  // 2025-11-25

void check_event(const LogEvent& event) {
  require(event.message.size() <= kMaxMessage, "messages are bounded");
  require(!event.error_number || (*event.error_number > 0 && *event.error_number < 10000),
          "an errno is positive");
  require(!event.child_pid || *event.child_pid > 0, "a pid is positive");
  require(!event.signal || (*event.signal >= 0 && *event.signal < 1000), "a signal is small");
  require(redis::to_string(event.kind) != "other" || event.kind == LogEventKind::other,
          "kinds have names");
}

void check_line(std::string_view line, const LogClock& clock) {
  const LogEvent event = redis::parse_log_line(line, clock);
  check_event(event);
  if (!redis::has_frame(event)) {
    require(event.kind == LogEventKind::other, "a line without a frame is no event");
    return;
  }
  // What the message means does not depend on the frame, except for SAVE.
  const LogEvent bare = redis::parse_log_message(event.message);
  require(bare.kind == event.kind || event.kind == LogEventKind::save_ok, "the message decides");
}

}  // namespace

void run_log(std::string_view input) {
  const WallTime newest{std::chrono::seconds(kNewest)};
  const auto clocks = std::to_array<LogClock>({
      {.newest = newest, .to_utc = redis::fixed_offset(std::chrono::minutes(0))},
      {.newest = newest, .to_utc = redis::fixed_offset(std::chrono::minutes(-570))},
      {.newest = WallTime{}, .to_utc = redis::host_local_time},
  });
  for (const LogClock& clock : clocks) {
    for (const std::string_view line : lines_of(input)) check_line(line, clock);
    const auto events = redis::parse_log_events(input, "log", clock, 10);
    require(events.size() <= 10, "the number of events is bounded");
    for (const LogEvent& event : events) check_event(event);
  }
  const LogClock clock = redis::clock_of_log(input, kNewest);
  require(clock.to_utc != nullptr, "a clock has a zone");
  check_event(redis::parse_log_message(input));
}

}  // namespace forkmend::fuzz
