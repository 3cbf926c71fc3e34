// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "daemon/bell.hpp"
#include "daemon/event.hpp"
#include "daemon/file_watch.hpp"
#include "daemon/log_tail.hpp"
#include "redis/log_source.hpp"
#include "redis/log_text.hpp"

namespace forkmend::daemon {

/// Where a server's log is at this moment. Asked again after each sign of a rotation.
using FindLog = std::function<Result<redis::LogSource>()>;

/// Follows the log files of all servers: over renaming, truncation, deletion and a file that
/// appears later. A directory that does not exist yet is tried again by check_all().
class LogFollower {
 public:
  LogFollower(const boost::asio::any_io_executor& executor, FileWatch* files,
              std::function<void(Event)> on_event);

  /// Follows from the file's present end on. An earlier one of that server is dropped. Errors: of
  /// find, of watching; the log is tried again by check_all() all the same.
  Result<void> add(const std::string& endpoint, redis::ServerPid pid, FindLog find);
  void remove(const std::string& endpoint);
  /// Where a name does not mean the file that is read: looks for it anew, as if it had been
  /// rotated.
  void check_all();

  /// Reads what was announced until it is cancelled. A part of each log in turn.
  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  struct Followed {
    redis::ServerPid pid;
    FindLog find;
    std::optional<redis::LogSource> source;
    std::optional<LogTail> tail;
    std::vector<FileWatch::WatchId> watches;
    bool moved = false;  ///< the name may mean another file by now
  };
  Result<void> open(const std::string& endpoint, Followed& log, LogTail::Begin begin);
  Result<void> watch(const std::string& endpoint, Followed& log);
  void drop_watches(Followed& log);
  void on_file(const std::string& endpoint, std::uint32_t mask);
  void on_directory(const std::string& endpoint, std::uint32_t mask, const std::string& name);
  bool read_part(const std::string& endpoint, Followed& log);
  void follow_name(const std::string& endpoint, Followed& log);

  FileWatch* files_;
  std::function<void(Event)> on_event_;
  std::map<std::string, Followed, std::less<>> logs_;
  std::set<std::string> dirty_;
  Bell bell_;
};

}  // namespace forkmend::daemon
