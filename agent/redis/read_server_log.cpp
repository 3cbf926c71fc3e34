// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The end of a log that files hold: how much of it is read, and from which files.
#include <algorithm>
#include <chrono>
#include <utility>

#include "redis/log_rotation.hpp"
#include "redis/server_log.hpp"

namespace forkmend::redis {

namespace {

/// A step in which the search for a save in the log grows.
constexpr std::size_t kGrowth = 4;

/// A syslog daemon's file is mostly about others.
constexpr std::size_t kSyslogFirst = std::size_t{2} << 20U;
constexpr std::size_t kSyslogMost = std::size_t{16} << 20U;

struct Tail {
  std::string text;
  std::int64_t changed_at = 0;
  bool whole = false;  ///< nothing of the log stands before it
};

/// The end of one file from a whole line on.
Result<Tail> read_tail(const host::Root& root, const std::string& path, std::size_t bytes) {
  auto text = root.read_tail(path, bytes);
  if (!text) return text.error();
  Tail tail{.text = std::move(*text)};
  tail.whole = tail.text.size() < bytes;
  // A log that was truncated under a server which does not append begins with a hole.
  const std::size_t hole = std::min(tail.text.find_first_not_of('\0'), tail.text.size());
  if (hole > 0) {
    tail.text.erase(0, hole);
    tail.whole = true;
  }
  if (tail.whole) return tail;
  // Cut somewhere within a line, most likely.
  const std::size_t end = tail.text.find('\n');
  tail.text.erase(0, end == std::string::npos ? tail.text.size() : end + 1);
  return tail;
}

/// The time of a link is not the time of the file.
std::int64_t time_of_change(const host::Root& root, const std::string& path) {
  const auto status = root.status(path);
  if (status && status->is_regular()) return status->mtime;
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

/// The last `bytes` of a log over the rotation of its file.
Result<Tail> read_end(const host::Root& root, const std::string& path, std::size_t bytes) {
  auto tail = read_tail(root, path, bytes);
  if (!tail) return tail;
  tail->changed_at = time_of_change(root, path);
  if (!tail->whole || tail->text.size() >= bytes) return tail;
  const auto older_path = rotated_predecessor(root, path);
  if (!older_path) return tail;
  auto older = read_tail(root, *older_path, bytes - tail->text.size());
  if (!older) return tail;
  if (tail->text.empty()) {
    tail->changed_at = time_of_change(root, *older_path);
  } else if (!older->text.empty() && !older->text.ends_with('\n')) {
    older->text += '\n';
  }
  tail->text.insert(0, older->text);
  tail->whole = older->whole;
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

bool about_a_failure(const LogEvent& event) {
  switch (event.kind) {
    case LogEventKind::save_started:
    case LogEventKind::save_ok:
    case LogEventKind::rewrite_started:
    case LogEventKind::rewrite_ok:
    case LogEventKind::sync_started:
    case LogEventKind::sync_target:
    case LogEventKind::sync_ok:
    case LogEventKind::aof_write_ok:
      return false;
    default:
      return about_a_save(event);
  }
}

LogText decode(const LogSource& source, const ServerPid& pid, Tail& tail) {
  switch (source.keeper) {
    case LogKeeper::file:
      break;
    case LogKeeper::container_file:
      return text_of_stream(parse_container_log(tail.text));
    case LogKeeper::syslog_file: {
      const LogClock clock{.newest = WallTime(std::chrono::seconds(tail.changed_at))};
      const ServerPid inner{.host = pid.own, .own = pid.own};
      return text_of_syslog(parse_syslog_file(tail.text, source.ident, clock), inner);
    }
    case LogKeeper::journal:
    case LogKeeper::syslog_journal:
      return {};
  }
  return {.text = std::move(tail.text), .changed_at = tail.changed_at};
}

Error not_in(const LogSource& source) {
  return {Errc::not_found, source.name + " has no line of the server"};
}

}  // namespace

Result<ServerLog> read_server_log(const host::Root& root, const LogSource& source,
                                  const ServerPid& pid, const LogReadOptions& options) {
  const bool syslog = source.keeper == LogKeeper::syslog_file;
  std::size_t bytes = syslog ? kSyslogFirst : options.first_bytes;
  const std::size_t most = syslog ? kSyslogMost : options.most_bytes;
  const auto wished = options.wish == LogWish::failure ? about_a_failure : about_a_save;
  while (true) {
    auto tail = read_end(root, source.path, bytes);
    if (!tail) return tail.error().during("reading the server log");
    ServerLog read{.log = decode(source, pid, *tail)};
    read.events = parse_log_events(
        read.log.text, source.name,
        options.clock ? *options.clock : clock_of_log(read.log.text, read.log.changed_at),
        options.max_events);
    const bool enough = std::ranges::any_of(read.events, wished);
    if (!enough && !tail->whole && bytes < most) {
      bytes = std::min(bytes * kGrowth, most);
      continue;
    }
    if (syslog && read.log.text.empty()) return not_in(source);
    return read;
  }
}

ServerLog journal_log(std::string_view records, const LogSource& source, const ServerPid& pid,
                      std::size_t max_events) {
  auto lines = parse_journal_records(records);
  std::ranges::reverse(lines);
  const bool bare = source.keeper == LogKeeper::syslog_journal;
  ServerLog read{.log = bare ? text_of_syslog(lines, pid) : text_of_stream(lines), .events = {}};
  const LogClock clock = clock_of_log(read.log.text, read.log.changed_at);
  read.events = parse_log_events(read.log.text, source.name, clock, max_events);
  return read;
}

Result<std::vector<LogEvent>> read_log_events(const host::Root& root, const std::string& path,
                                              const LogReadOptions& options) {
  LogSource file{.keeper = LogKeeper::file, .name = path, .path = path};
  auto read = read_server_log(root, file, {}, options);
  if (!read) return read.error();
  return std::move(read->events);
}

}  // namespace forkmend::redis
