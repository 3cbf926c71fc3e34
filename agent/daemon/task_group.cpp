// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

/// An end by cancellation is no news.
void tell_exception(const std::string& name, const std::exception_ptr& thrown) {
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == asio::error::operation_aborted) return;
    log::write(log::Level::error, {}, name + " ended: " + failure.what());
  } catch (const std::exception& failure) {
    log::write(log::Level::error, {}, name + " ended: " + failure.what());
  }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_(std::move(executor)), tasks_(std::make_shared<Tasks>(executor_)) {}

TaskGroup::TaskId TaskGroup::spawn(std::string name, asio::awaitable<void> work) {
  const TaskId id = next_++;
  auto signal = std::make_shared<asio::cancellation_signal>();
  tasks_->running.emplace(id, signal);
  auto done = [tasks = tasks_, id, signal,
               name = std::move(name)](const std::exception_ptr& thrown) {
    tell_exception(name, thrown);
    tasks->running.erase(id);
    tasks->ended.ring();
  };
  asio::co_spawn(executor_, std::move(work),
                 asio::bind_cancellation_slot(signal->slot(), std::move(done)));
  return id;
}

void TaskGroup::cancel(TaskId id) {
  const auto found = tasks_->running.find(id);
  if (found == tasks_->running.end()) return;
  const auto signal = found->second;  // the task may end, and be erased, within emit()
  signal->emit(asio::cancellation_type::terminal);
}

void TaskGroup::cancel_all() {
  std::vector<TaskId> ids;
  ids.reserve(tasks_->running.size());
  for (const auto& [id, signal] : tasks_->running) ids.push_back(id);
  for (const TaskId id : ids) cancel(id);
}

asio::awaitable<void> TaskGroup::join() {
  constexpr std::chrono::hours kLong{1};
  while (!tasks_->running.empty()) co_await tasks_->ended.wait(kLong);
}

}  // namespace forkmend::daemon
