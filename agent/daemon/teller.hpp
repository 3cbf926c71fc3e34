// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/agent.hpp"
#include "daemon/tell_view.hpp"
#include "host/root.hpp"
#include "metrics/http_server.hpp"
#include "metrics/model.hpp"
#include "notify/notifier.hpp"

namespace forkmend::daemon {

/// Who is told what: [metrics] and [[notify]] of the configuration.
struct TellerOptions {
  std::string version;         ///< of forkmend
  std::string listen = "off";  ///< as metrics::parse_listen() takes it
  std::vector<notify::NotifierOptions> notify;
  notify::DeliverySchedule schedule;
  metrics::HttpLimits limits;
  /// How often servers whose failure was told are asked after, as long as there are any.
  std::chrono::milliseconds recovery_check{10000};
};

/// Counts, serves and notifies beside the agent's loop, on the same thread. What it cannot do (a
/// port in use, a peer that is down) is told in the log and tried again: it never keeps the agent
/// from its work.
class Teller {
 public:
  /// Sets agent->on_incident and, where there is none, agent->state. `agent` is read at each
  /// scrape. Errors: invalid, for options that can never work.
  [[nodiscard]] static Result<std::shared_ptr<Teller>> open(
      const boost::asio::any_io_executor& executor, host::Root root, TellerOptions options,
      std::shared_ptr<AgentOptions> agent);

  /// Until close(). Once.
  [[nodiscard]] boost::asio::awaitable<void> run();
  void close();

  void on_incident(const IncidentNews& news);
  /// What a scrape gets.
  [[nodiscard]] std::string page();
  /// Of the metrics; 0 while nobody listens, and for a unix socket.
  [[nodiscard]] std::uint16_t port() const;

 private:
  Teller(const boost::asio::any_io_executor& executor, host::Root root, TellerOptions options,
         std::shared_ptr<AgentOptions> agent);
  boost::asio::awaitable<void> serve_metrics();
  boost::asio::awaitable<void> tell_recoveries();
  void show_gates(metrics::AgentState& shown) const;
  void show_ledger(metrics::AgentState& shown) const;
  void show_notifications(metrics::AgentState& shown);
  void count(const IncidentNews& news);

  boost::asio::any_io_executor executor_;
  host::Root root_;
  TellerOptions options_;
  std::shared_ptr<AgentOptions> agent_;
  std::string host_name_;
  metrics::ListenAddress address_;
  metrics::Counters counters_;
  ToldBefore told_;
  std::map<std::string, WallTime>
      counted_;  ///< server -> when the incident counted last was opened
  std::unique_ptr<notify::Notifier> notifier_;
  std::unique_ptr<metrics::HttpServer> server_;
  boost::asio::steady_timer again_;
  boost::asio::steady_timer recovery_;  ///< cancelled by on_incident() and close()
  bool closed_ = false;
};

/// run_agent() with a Teller beside it. Options that can never work are told in the log; the agent
/// then watches without them.
[[nodiscard]] boost::asio::awaitable<void> run_agent_and_tell(host::Root root,
                                                              std::shared_ptr<AgentOptions> agent,
                                                              TellerOptions options);

}  // namespace forkmend::daemon
