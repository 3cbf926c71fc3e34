// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "daemon/bell.hpp"

namespace forkmend::daemon {

/// Coroutines that run beside each other and have one owner, who can end them and wait for them. An
/// exception of one of them is told in the log and ends that one alone. The owner outlives them:
/// it awaits join() before it goes.
class TaskGroup {
 public:
  using TaskId = std::uint64_t;

  explicit TaskGroup(boost::asio::any_io_executor executor);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// `name` is for the log.
  TaskId spawn(std::string name, boost::asio::awaitable<void> work);
  /// What it waits for is cancelled, and it ends; unknown ids have ended already.
  void cancel(TaskId id);
  void cancel_all();
  /// Until all have ended.
  [[nodiscard]] boost::asio::awaitable<void> join();

 private:
  struct Tasks {
    explicit Tasks(const boost::asio::any_io_executor& executor) : ended(executor) {}
    std::map<TaskId, std::shared_ptr<boost::asio::cancellation_signal>> running;
    Bell ended;
  };
  boost::asio::any_io_executor executor_;
  std::shared_ptr<Tasks> tasks_;  ///< shared with the handlers, which may come last
  TaskId next_ = 1;
};

}  // namespace forkmend::daemon
