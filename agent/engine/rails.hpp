// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "engine/journal.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

/// A gate that is closed.
struct GateResult {
  std::string gate;           ///< windows, cooldown, breaker, pause, stop
  std::string because;        ///< one sentence
  std::string override_name;  ///< what --override takes to pass it; empty: nobody passes it
  std::string pass;           ///< the exact command that opens or passes it

  bool operator==(const GateResult&) const = default;
};

/// Pure. The rails that hold whatever a rule says and that time or history decides: windows,
/// cooldown (this instance and cause), breaker (incidents of this host in one hour). Returns those
/// that are closed and not in `overrides`; empty: go on. History in any order. Records that changed
/// nothing (advice, blocked) do not count, and the parts of one host-wide incident count as one.
/// Incidents of strains count against a strain only: they never keep a failing save from its fix.
/// The breaker is latched: once there were too many within any hour, it stays open until one of
/// them, or a later one, is acknowledged; that covers all incidents before it.
[[nodiscard]] std::vector<GateResult> check_gates(const policy::Policy& policy,
                                                  const std::vector<IncidentRecord>& history,
                                                  const std::string& instance,
                                                  const std::string& cause, Now now,
                                                  const std::vector<std::string>& overrides);

/// The gates that are closed and were passed by name: for the record.
[[nodiscard]] std::vector<GateResult> passed_gates(const policy::Policy& policy,
                                                   const std::vector<IncidentRecord>& history,
                                                   const std::string& instance,
                                                   const std::string& cause, Now now,
                                                   const std::vector<std::string>& overrides);

/// What the stop file means, when it is there (see host_lock.hpp): nobody passes it.
[[nodiscard]] GateResult stop_file_gate();

/// "...; to go on: forkmend fix --override cooldown".
[[nodiscard]] std::string to_string(const GateResult& gate);

}  // namespace forkmend::engine
