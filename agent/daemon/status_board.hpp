// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/agent_status.hpp"
#include "engine/observe.hpp"
#include "redis/info.hpp"

namespace forkmend::daemon {

/// What the loop writes down of each server, and others (the control socket, the service manager)
/// read. In memory only, one thread; each call costs a look-up and a few assignments.
class StatusBoard {
 public:
  /// A close look: everything is known anew.
  void observed(const engine::ObservedInstance& instance, WallTime at);
  /// A poll of INFO: save age and data at risk; a server not yet observed is passed over.
  void polled(const std::string& endpoint, const redis::Info& info, WallTime at);
  /// What INFO said to fail works again.
  void recovered(const std::string& endpoint);
  void unreachable(const std::string& endpoint, const std::string& because, WallTime at);
  /// An incident ended that way; without an id it was not recorded as one.
  void incident(const std::string& endpoint, const std::string& id, std::string_view state);
  void planned(const std::string& endpoint, const std::string& plan);
  /// Forgets every other server: after a discovery.
  void keep_only(const std::vector<std::string>& endpoints);

  /// What holds for the agent as a whole; its `instances` stay empty.
  [[nodiscard]] AgentStatus& agent() { return agent_; }
  [[nodiscard]] AgentStatus status() const;
  [[nodiscard]] std::string summary() const;

  /// Called whenever summary() is another one than before.
  std::function<void()> on_summary;

 private:
  InstanceStatus& entry(const std::string& endpoint, InstanceState state);
  void count(InstanceState state, int by);

  AgentStatus agent_;
  std::map<std::string, InstanceStatus, std::less<>> instances_;
  int failing_ = 0;
  int unreachable_ = 0;
};

/// The rule that binds: the one that refuses, else the one that leaves least. A rule that counts
/// tasks comes before those of bytes when it leaves fewer than 16. Pure.
[[nodiscard]] Headroom headroom_of(const forecast::Forecast& forecast);

/// nullopt: the server does not say when it saved last or what has changed since. Pure.
[[nodiscard]] std::optional<DataAtRisk> data_at_risk(const redis::Info& info, WallTime now);

}  // namespace forkmend::daemon
