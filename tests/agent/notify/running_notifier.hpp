// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "notify/notifier.hpp"

namespace forkmend::testing {

/// A notifier on a loop and thread of its own; ended and joined by the destructor, as by a stop of
/// the agent.
class RunningNotifier {
 public:
  RunningNotifier(const std::string& state_dir, std::vector<notify::NotifierOptions> options,
                  const notify::DeliverySchedule& schedule)
      : notifier_(*notify::Notifier::open(
            context_.get_executor(), state_dir, options, schedule,
            [this](const std::string& line) { problems_.push_back(line); })),
        ended_(boost::asio::co_spawn(context_, notifier_->run(), boost::asio::use_future)),
        thread_([this] { context_.run(); }) {}
  ~RunningNotifier() {
    boost::asio::post(context_, [this] { notifier_->close(); });
    ended_.get();
    thread_.join();
  }
  RunningNotifier(const RunningNotifier&) = delete;
  RunningNotifier& operator=(const RunningNotifier&) = delete;

  /// In the loop's thread, as the agent does everything.
  template <class Work>
  std::invoke_result_t<Work> on_loop(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto done = task.get_future();
    boost::asio::post(context_, [&task] { task(); });
    return done.get();
  }

  void send(const notify::IncidentMessage& message) {
    on_loop([&] {
      notifier_->send(message);
      return 0;
    });
  }
  [[nodiscard]] notify::OutletCounts counts() {
    return on_loop([&] { return notifier_->counts().front(); });
  }
  [[nodiscard]] std::vector<std::string> problems() {
    return on_loop([&] { return problems_; });
  }

 private:
  boost::asio::io_context context_;
  std::vector<std::string> problems_;
  std::unique_ptr<notify::Notifier> notifier_;
  std::future<void> ended_;
  std::thread thread_;
};

/// Fast enough for a test that nothing has to wait for.
inline notify::DeliverySchedule fast_schedule() {
  notify::DeliverySchedule schedule;
  schedule.first_retry = std::chrono::milliseconds(5);
  schedule.longest_retry = std::chrono::milliseconds(20);
  return schedule;
}

}  // namespace forkmend::testing
