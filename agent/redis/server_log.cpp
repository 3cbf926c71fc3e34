// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/server_log.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "base/text.hpp"
#include "redis/log_message.hpp"

namespace forkmend::redis {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// How many lines a clock looks back over for one with a frame: a logo, a crash report.
constexpr int kUnframed = 400;

std::string_view last_line(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  const std::size_t end = text.rfind('\n');
  return end == std::string_view::npos ? text : text.substr(end + 1);
}

std::string_view last_framed_line(std::string_view text, const LogClock& clock) {
  for (int looked_at = 0; looked_at < kUnframed && !text.empty(); ++looked_at) {
    const std::string_view line = last_line(text);
    if (parse_log_line(line, clock).at) return line;
    text = text.substr(0, static_cast<std::size_t>(line.data() - text.data()));
  }
  return {};
}

/// A last line without its end is still being written, or was cut by a full disk: "signal 1" may
/// be the beginning of "signal 11".
void distrust_numbers(LogEvent& event) {
  event.signal.reset();
  event.child_pid.reset();
}

std::vector<LogEvent> parse_lines(std::string_view text, const LogClock& clock) {
  std::vector<LogEvent> events;
  for (const std::string_view line : lines_of(text)) events.push_back(parse_log_line(line, clock));
  return events;
}

}  // namespace

std::vector<LogEvent> parse_log_events(std::string_view text, std::string_view source,
                                       const LogClock& clock, std::size_t max_events) {
  std::vector<LogEvent> events = parse_lines(text, clock);
  if (std::ranges::none_of(events, has_frame)) {
    for (LogEvent& event : events) event = parse_log_message(event.message);
  }
  if (!events.empty() && !text.ends_with('\n')) distrust_numbers(events.back());
  std::erase_if(events, [](const LogEvent& event) { return !is_telling(event); });
  if (events.size() > max_events) {
    events.erase(events.begin(), std::prev(events.end(), static_cast<std::ptrdiff_t>(max_events)));
  }
  for (LogEvent& event : events) event.source = source;
  return events;
}

LogClock clock_of_log(std::string_view text, std::int64_t changed_at, const LocalToUtc& host_zone) {
  constexpr seconds kTolerance(3);  // the time of change has whole seconds, the disk may be slow
  constexpr minutes kStep(15);      // every zone's distance from UTC is a multiple
  constexpr minutes kFarthest(14 * 60);
  constexpr std::int64_t kLatest = 7258118400;  // 2200-01-01: within what WallTime can hold
  const WallTime changed{seconds(std::clamp<std::int64_t>(changed_at, 0, kLatest))};
  LogClock clock{.newest = changed, .to_utc = host_zone};
  const std::string_view line =
      last_framed_line(text, {.newest = changed, .to_utc = fixed_offset(minutes(0))});
  const auto as_utc = parse_log_line(line, {changed, fixed_offset(minutes(0))}).at;
  const auto shifted = parse_log_line(line, {changed, fixed_offset(kStep)}).at;
  if (!as_utc || as_utc == shifted) return clock;
  const auto by_host = parse_log_line(line, clock).at;
  if (by_host && std::chrono::abs(*by_host - changed) <= kTolerance) return clock;
  const auto distance = *as_utc - changed;
  const auto offset = std::chrono::round<std::chrono::duration<int, std::ratio<900>>>(distance);
  if (std::chrono::abs(distance) > kFarthest + kTolerance) return clock;
  if (std::chrono::abs(distance - offset) <= kTolerance) clock.to_utc = fixed_offset(offset);
  return clock;
}

}  // namespace forkmend::redis
