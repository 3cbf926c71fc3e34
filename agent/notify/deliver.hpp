// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "notify/message.hpp"
#include "notify/notifier_options.hpp"

namespace forkmend::notify {

/// What came of one attempt.
struct Delivery {
  enum class Result {
    delivered,
    failed,   ///< to be tried again
    refused,  ///< the same message would be refused again
  };
  Result result = Result::delivered;
  std::string because;  ///< empty when delivered; printable, and without the path of a URL
};

/// One attempt, within the schedule's deadline. Alertmanager takes all messages at once, the others
/// take the last one.
[[nodiscard]] boost::asio::awaitable<Delivery> deliver(NotifierOptions options,
                                                       DeliverySchedule schedule,
                                                       std::vector<IncidentMessage> messages,
                                                       WallTime now);

/// Until the next attempt after so many failures in a row: doubled each time, and shortened by up
/// to a quarter. `jitter`: 0 to 1. Pure.
[[nodiscard]] std::chrono::milliseconds retry_delay(const DeliverySchedule& schedule, int failures,
                                                    double jitter);

/// How long an alert fires without being told again: five repetitions.
[[nodiscard]] std::chrono::milliseconds firing_for(const DeliverySchedule& schedule);

}  // namespace forkmend::notify
