// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "daemon/bell.hpp"
#include "daemon/event.hpp"
#include "daemon/file_watch.hpp"
#include "host/counters.hpp"
#include "host/root.hpp"

namespace forkmend::daemon {

/// The files memory.events and pids.events of a process's cgroups of version 2, its own and those
/// above it. Errors: unsupported for version 1, which has no such files.
[[nodiscard]] Result<std::vector<std::string>> cgroup_event_files(const host::Root& root,
                                                                  std::int64_t pid);

/// Follows event files of cgroups: the kernel notifies of each change as of a modified file.
class CgroupFollower {
 public:
  CgroupFollower(const boost::asio::any_io_executor& executor, host::Root root, FileWatch* files,
                 std::function<void(Event)> on_event);

  /// Counts from now on. An earlier list of that server is dropped. Errors: of watching.
  Result<void> add(const std::string& endpoint, const std::vector<std::string>& paths);
  void remove(const std::string& endpoint);

  /// Until it is cancelled.
  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  struct Followed {
    std::string endpoint;
    std::string path;
    FileWatch::WatchId watch = 0;
    host::Counters counters;
  };
  void compare(Followed& file);

  host::Root root_;
  FileWatch* files_;
  std::function<void(Event)> on_event_;
  std::map<std::uint64_t, Followed> followed_;
  std::set<std::uint64_t> dirty_;
  std::uint64_t next_ = 1;
  Bell bell_;
};

}  // namespace forkmend::daemon
