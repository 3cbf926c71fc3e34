// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/log_follower.hpp"

#include <sys/inotify.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/clock.hpp"
#include "daemon/log_reading.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kFileMask = IN_MODIFY | IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB;
constexpr std::uint32_t kDirectoryMask = IN_CREATE | IN_MOVED_TO;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view name_in(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

LogFollower::LogFollower(const asio::any_io_executor& executor, FileWatch* files,
                         std::function<void(Event)> on_event)
    : files_(files), on_event_(std::move(on_event)), bell_(executor) {}

Result<void> LogFollower::add(const std::string& endpoint, redis::ServerPid pid, FindLog find) {
  remove(endpoint);
  Followed& log = logs_[endpoint];
  log.pid = pid;
  log.find = std::move(find);
  return open(endpoint, log, LogTail::Begin::at_end);
}

void LogFollower::remove(const std::string& endpoint) {
  const auto found = logs_.find(endpoint);
  if (found == logs_.end()) return;
  drop_watches(found->second);
  logs_.erase(found);
  dirty_.erase(endpoint);
}

void LogFollower::check_all() {
  for (auto& [endpoint, log] : logs_) {
    if (log.tail && log.tail->is_at(log.source->path)) continue;
    log.moved = true;
    dirty_.insert(endpoint);
  }
  if (!dirty_.empty()) bell_.ring();
}

void LogFollower::drop_watches(Followed& log) {
  for (const FileWatch::WatchId id : log.watches) files_->drop(id);
  log.watches.clear();
}

void LogFollower::on_file(const std::string& endpoint, std::uint32_t mask) {
  const auto found = logs_.find(endpoint);
  if (found == logs_.end()) return;
  if ((mask & ~std::uint32_t{IN_MODIFY}) != 0) found->second.moved = true;
  dirty_.insert(endpoint);
  bell_.ring();
}

void LogFollower::on_directory(const std::string& endpoint, std::uint32_t mask,
                               const std::string& name) {
  const auto found = logs_.find(endpoint);
  if (found == logs_.end() || !found->second.source) return;
  const bool lost_some = (mask & (IN_Q_OVERFLOW | IN_IGNORED)) != 0;
  if (!lost_some && name != name_in(found->second.source->path)) return;
  on_file(endpoint, mask);
}

/// The directory tells of a new file of that name, the file itself of what is written to it.
Result<void> LogFollower::watch(const std::string& endpoint, Followed& log) {
  drop_watches(log);
  auto directory = files_->add(directory_of(log.source->path), kDirectoryMask,
                               [this, endpoint](std::uint32_t mask, const std::string& name) {
                                 on_directory(endpoint, mask, name);
                               });
  if (!directory) return directory.error();
  log.watches.push_back(*directory);
  if (!log.tail) return ok();
  auto file = files_->add(
      log.source->path, kFileMask,
      [this, endpoint](std::uint32_t mask, const std::string&) { on_file(endpoint, mask); });
  if (!file) return file.error();
  log.watches.push_back(*file);
  return ok();
}

Result<void> LogFollower::open(const std::string& endpoint, Followed& log, LogTail::Begin begin) {
  auto source = log.find();
  if (!source) return source.error();
  log.source = std::move(*source);
  log.tail.reset();
  auto tail = LogTail::open(log.source->path, begin);
  if (tail) log.tail = std::move(*tail);
  auto watched = watch(endpoint, log);
  if (!watched) return watched;
  if (!log.tail) return tail.error();
  // What was written before the watch was there.
  dirty_.insert(endpoint);
  bell_.ring();
  return ok();
}

/// True when there is more to read at once.
bool LogFollower::read_part(const std::string& endpoint, Followed& log) {
  if (!log.tail) return false;
  auto part = log.tail->read();
  if (!part) {
    log.moved = true;
    return false;
  }
  auto event = read_lines(*log.source, log.pid, part->text, read_clock());
  if (event) {
    event->endpoint = endpoint;
    on_event_(std::move(*event));
  }
  return part->more || part->skipped;
}

/// The old file was read to its end before.
void LogFollower::follow_name(const std::string& endpoint, Followed& log) {
  log.moved = false;
  const auto source = log.find();
  const bool same = source && log.source && log.tail && source->path == log.source->path &&
                    log.tail->is_at(source->path);
  if (same || !source) return;
  const bool renamed = log.tail && log.tail->is_at(source->path);
  if (renamed) {
    log.source = *source;  // the same file under another name: a server's standard output
    (void)watch(endpoint, log);
    return;
  }
  // Nothing of a file that is new has been read. Where it is not there yet, its directory tells.
  (void)open(endpoint, log, LogTail::Begin::at_start);
}

asio::awaitable<void> LogFollower::run() {
  constexpr std::chrono::hours kLong{1};
  while (true) {
    if (dirty_.empty()) co_await bell_.wait(kLong);
    std::set<std::string> now;
    now.swap(dirty_);
    for (const std::string& endpoint : now) {
      const auto found = logs_.find(endpoint);
      if (found == logs_.end()) continue;
      if (read_part(endpoint, found->second)) {
        dirty_.insert(endpoint);
      } else if (found->second.moved) {
        follow_name(endpoint, found->second);
      }
      // Others have their turn, and a stop is heard.
      co_await asio::post(asio::use_awaitable);
    }
  }
}

}  // namespace forkmend::daemon
