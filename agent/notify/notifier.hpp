// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "notify/outlet.hpp"

namespace forkmend::notify {

/// Tells everybody who is configured. send() never waits: messages go to queues on disk
/// (STATE/notify/NAME) and are delivered by run().
class Notifier {
 public:
  /// Two with the same target are one. Errors: invalid, as check(). That the queues cannot be used
  /// is no error but a problem: messages are then kept in memory.
  [[nodiscard]] static Result<std::unique_ptr<Notifier>> open(
      const boost::asio::any_io_executor& executor, const std::string& state_dir,
      const std::vector<NotifierOptions>& options, DeliverySchedule schedule,
      const ProblemSink& problem);

  void send(const IncidentMessage& message);
  /// Delivers until close() and the end of every attempt. Once.
  [[nodiscard]] boost::asio::awaitable<void> run();
  void close();
  [[nodiscard]] std::vector<OutletCounts> counts() const;
  /// What fires with Alertmanager, also of an earlier run: its end is still to be told.
  [[nodiscard]] std::vector<IncidentMessage> firing() const;

 private:
  explicit Notifier(const boost::asio::any_io_executor& executor);

  boost::asio::any_io_executor executor_;
  std::vector<std::shared_ptr<Outlet>> outlets_;
};

}  // namespace forkmend::notify
