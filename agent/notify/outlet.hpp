// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "notify/deliver.hpp"
#include "notify/message.hpp"
#include "notify/message_queue.hpp"
#include "notify/notifier_options.hpp"

namespace forkmend::notify {

/// What came of the messages to one notifier since the start.
struct OutletCounts {
  std::string notifier;
  std::uint64_t sent = 0;
  std::uint64_t retried = 0;  ///< attempts that failed and are repeated
  std::uint64_t refused = 0;
  std::uint64_t expired = 0;  ///< older than give_up_after
  std::uint64_t dropped = 0;  ///< too many waited
  std::uint64_t damaged = 0;  ///< files that could not be read
  std::size_t waiting = 0;
};

/// What a notifier cannot do, in one line for the log.
using ProblemSink = std::function<void(const std::string& line)>;

/// One notifier: its queue, its attempts, and, for Alertmanager, the alerts that fire.
class Outlet {
 public:
  Outlet(const boost::asio::any_io_executor& executor, NotifierOptions options,
         const std::string& directory, DeliverySchedule schedule, ProblemSink problem);

  void send(const IncidentMessage& message);
  /// Delivers until close(). Once. Throws nothing that is not a bug.
  [[nodiscard]] boost::asio::awaitable<void> run();
  void close();
  [[nodiscard]] OutletCounts counts() const;
  [[nodiscard]] const std::vector<IncidentMessage>& firing() const { return firing_; }

 private:
  using Clock = std::chrono::steady_clock;

  boost::asio::awaitable<void> deliver_front();
  boost::asio::awaitable<void> repeat_firing();
  boost::asio::awaitable<Delivery> attempt(std::vector<IncidentMessage> messages);
  boost::asio::awaitable<void> wait(Clock::time_point until);
  void conclude(const MessageQueue::Waiting& waiting, const Delivery& delivery);
  void load_firing();
  void note_firing(const IncidentMessage& message);
  void forget_old_alerts(WallTime now);
  void save_firing();
  void report(const std::string& line);
  [[nodiscard]] std::vector<IncidentMessage> with_what_ends(const IncidentMessage& message) const;

  NotifierOptions options_;
  DeliverySchedule schedule_;
  std::string name_;
  ProblemSink problem_;
  MessageQueue queue_;
  boost::asio::steady_timer wake_;     ///< cancelled by send() and close()
  boost::asio::steady_timer closing_;  ///< cancelled by close()
  std::minstd_rand jitter_;
  std::vector<IncidentMessage> firing_;
  Clock::time_point next_repeat_;
  int failures_ = 0;  ///< in a row
  bool closed_ = false;
  OutletCounts counts_;
};

}  // namespace forkmend::notify
