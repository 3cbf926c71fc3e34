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

/// A step in which the search for a save in the log grows.
constexpr std::size_t kGrowth = 4;

struct Tail {
  std::string text;
  bool whole = false;  ///< nothing of the file stands before it
};

Result<Tail> read_tail(const host::Root& root, const std::string& path, std::size_t bytes) {
  auto text = root.read_tail(path, bytes);
  if (!text) return text.error();
  Tail tail{std::move(*text), false};
  tail.whole = tail.text.size() < bytes;
  if (tail.whole) return tail;
  // Cut somewhere within a line, most likely.
  const std::size_t end = tail.text.find('\n');
  tail.text.erase(0, end == std::string::npos ? tail.text.size() : end + 1);
  return tail;
}

bool about_a_save(const LogEvent& event) {
  switch (event.kind) {
    case LogEventKind::other:
    case LogEventKind::server_started:
    case LogEventKind::overcommit_warning:
    case LogEventKind::thp_warning:
      return false;
    default:
      return true;
  }
}

std::string_view last_line(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  const std::size_t end = text.rfind('\n');
  return end == std::string_view::npos ? text : text.substr(end + 1);
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
  const std::string_view line = last_line(text);
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

Result<std::vector<LogEvent>> read_log_events(const host::Root& root, const std::string& path,
                                              const LogReadOptions& options) {
  const auto status = root.status(path);
  if (!status) return status.error().during("reading the server log");
  std::size_t bytes = options.first_bytes;
  while (true) {
    const auto tail = read_tail(root, path, bytes);
    if (!tail) return tail.error().during("reading the server log");
    const LogClock clock = options.clock ? *options.clock : clock_of_log(tail->text, status->mtime);
    auto events = parse_log_events(tail->text, path, clock, options.max_events);
    const bool enough = std::ranges::any_of(events, about_a_save);
    if (enough || tail->whole || bytes >= options.most_bytes) return events;
    bytes = std::min(bytes * kGrowth, options.most_bytes);
  }
}

}  // namespace forkmend::redis
