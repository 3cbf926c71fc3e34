// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace forkmend::notify {

enum class NotifierType { alertmanager, webhook, email, command };
[[nodiscard]] std::string_view to_string(NotifierType type);

/// Who is told, as [[notify]] of the configuration names it. Plain data.
struct NotifierOptions {
  NotifierType type = NotifierType::webhook;
  std::string url;                ///< alertmanager, webhook: http:// or https://
  std::string ca_file;            ///< of https; empty: the system's
  std::vector<std::string> to;    ///< email: addresses
  std::string from;               ///< email; empty: what sendmail makes of our user
  std::vector<std::string> argv;  ///< command: an absolute path and its arguments
  std::string sendmail = "/usr/sbin/sendmail";
};

/// When and how often. One for all notifiers.
struct DeliverySchedule {
  std::chrono::milliseconds deadline{10000};    ///< of one attempt
  std::chrono::milliseconds first_retry{1000};  ///< doubled after each failure
  std::chrono::milliseconds longest_retry{300000};
  std::chrono::milliseconds give_up_after = std::chrono::hours(24);  ///< age of a message
  std::size_t most_messages = 1000;  ///< that wait; then the oldest is dropped
  /// Alertmanager takes an alert for resolved unless it is told again.
  std::chrono::milliseconds repeat_alerts{60000};
  std::uint32_t seed = 1;  ///< of the jitter
};

/// Errors: invalid, with the key of [[notify]], the value and what was expected.
[[nodiscard]] Result<void> check(const NotifierOptions& options);

/// Names this notifier in metrics, log lines and below the state directory; the same after a
/// restart. Says nothing of the path of a URL, which often is a secret: "webhook-1f0c33ab".
[[nodiscard]] std::string name_of(const NotifierOptions& options);

}  // namespace forkmend::notify
