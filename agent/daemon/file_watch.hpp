// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace forkmend::daemon {

/// One inotify descriptor for all files (a user has 128 of them). Who watches the same file twice
/// shares the kernel's watch.
class FileWatch {
 public:
  using WatchId = std::uint64_t;
  /// `mask` is what inotify says; `name` is that of a directory's entry. Called on the loop's
  /// thread; must not add or drop watches.
  using OnEvent = std::function<void(std::uint32_t mask, const std::string& name)>;

  explicit FileWatch(const boost::asio::any_io_executor& executor);

  /// Errors: as inotify_init1() at the beginning; not_found; no_space when the user may have no
  /// more watches (fs.inotify.max_user_watches).
  [[nodiscard]] Result<WatchId> add(const std::string& path, std::uint32_t mask, OnEvent on_event);
  void drop(WatchId id);

  /// Hands events over until it is cancelled. At most 100 times a second, and the first of them at
  /// once: the kernel keeps and merges what comes meanwhile. When it lost some, everybody hears of
  /// IN_Q_OVERFLOW.
  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  struct Watcher {
    int descriptor = -1;
    OnEvent on_event;
  };
  bool hand_over();
  void tell(int descriptor, std::uint32_t mask, const std::string& name);

  boost::asio::posix::stream_descriptor inotify_;
  Result<void> began_;
  std::map<WatchId, Watcher> watchers_;
  std::map<int, std::set<WatchId>> by_descriptor_;
  WatchId next_ = 1;
};

}  // namespace forkmend::daemon
