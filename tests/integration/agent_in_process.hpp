// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/agent.hpp"
#include "support/lab/redis_server.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

/// Raises the limit of tasks once a save has failed for it.
inline constexpr const char* kHealTaskLimit = R"(
schema = 1
mode = "heal"
[[rule]]
name = "task limit"
cause = ["nproc-limit"]
try = [{ remedy = "nproc-limit", to = "auto" }]
)";

/// The agent over named servers, in this thread: it runs while a test waits for something. Polls
/// come once an hour and the forecast too, unless the test sets them, so that what is noticed was
/// noticed by the source that the test is about.
class AgentInProcess {
 public:
  explicit AgentInProcess(const std::vector<std::string>& urls,
                          const std::string& policy = "schema = 1\nmode = \"observe\"\n",
                          const std::function<void(daemon::AgentOptions&)>& set = {});
  /// Stops it and waits for its end.
  ~AgentInProcess();
  AgentInProcess(const AgentInProcess&) = delete;
  AgentInProcess& operator=(const AgentInProcess&) = delete;

  /// False at the deadline.
  bool wait_until(const std::function<bool()>& holds,
                  std::chrono::seconds deadline = std::chrono::seconds(30));
  /// Until it has met that server.
  bool wait_until_watched(const std::string& url);
  /// Until an incident has ended for which this holds; nullptr at the deadline.
  const daemon::IncidentNews* wait_for_incident(
      const std::function<bool(const daemon::IncidentNews&)>& fits);

  [[nodiscard]] const std::map<std::string, daemon::InstanceState>& instances() const {
    return options_->state->instances;
  }
  [[nodiscard]] const daemon::InstanceState& instance(const std::string& url) const;
  [[nodiscard]] const daemon::SourceState& source(daemon::EventSource source) const;
  [[nodiscard]] const std::vector<daemon::IncidentNews>& news() const { return news_; }

 private:
  TempDir dir_;
  boost::asio::io_context io_{1};
  std::shared_ptr<daemon::AgentOptions> options_;
  std::vector<daemon::IncidentNews> news_;
  bool stop_ = false;
  bool ended_ = false;
};

/// A server of an ordinary user, as RLIMIT_NPROC does not bind root's.
[[nodiscard]] ServerOptions ordinary_server();

}  // namespace forkmend::testing
