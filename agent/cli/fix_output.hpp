// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "engine/mend.hpp"

namespace forkmend::cli {

/// One server after fix.
struct FixResult {
  engine::ObservedInstance instance;
  engine::Plan plan;
  engine::MendResult mended;
  ExitCode code = ExitCode::ok;
};

/// "Saving: 1.2 s, 40 % of 12,000 keys".
[[nodiscard]] std::string progress_line(const engine::SaveProgress& progress);

/// Everything that `fix` says, as text while it happens or as one JSON document at the end, and the
/// exit code that follows: the worst of all servers.
class FixReport {
 public:
  explicit FixReport(Session session);

  void healthy(const engine::ObservedInstance& instance);
  /// Said before the plans of its servers: one cause on so many that it is the host's.
  void host_incident(const std::string& cause, const std::vector<std::string>& endpoints);
  void planned(const engine::ObservedInstance& instance, const engine::Plan& plan);
  /// A further server of the host's incident: its diagnosis would say the same once more.
  void also_planned(const engine::ObservedInstance& instance, const engine::Plan& plan);
  /// A server that failed at first and does not any more, as the host was mended for another one.
  void saves_again(const engine::ObservedInstance& instance);
  void mended(const FixResult& result);
  void moved(const engine::Plan& stored, const std::vector<std::string>& what);
  void worsen(ExitCode code);

  /// Each says its last words and returns the exit code of the whole command.
  [[nodiscard]] ExitCode dry_run();
  [[nodiscard]] ExitCode declined();
  [[nodiscard]] ExitCode finish(ExitCode at_least);

 private:
  boost::json::object& entry(const std::string& endpoint);
  void take_plan(const engine::ObservedInstance& instance, const engine::Plan& plan);
  Session session_;
  boost::json::object document_;
  std::vector<std::string> plans_;
  std::size_t together_ = 0;  ///< servers of host-wide incidents
  std::size_t healthy_ = 0;
  std::size_t failing_ = 0;
  ExitCode code_ = ExitCode::ok;
};

}  // namespace forkmend::cli
