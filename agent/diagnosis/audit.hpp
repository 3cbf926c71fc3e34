// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fact.hpp"
#include "diagnosis/diagnosis.hpp"

namespace forkmend::diagnosis {

enum class Severity { ok, warning, critical, unknown };

[[nodiscard]] std::string_view to_string(Severity severity);

/// One line of the checklist: what was looked at, how it stands, what to do. Ids are stable.
struct Finding {
  std::string id;  ///< "overcommit-memory", "rdb-status", ...
  Severity severity = Severity::unknown;
  std::string says;  ///< with the value and its source
  std::string fix;   ///< a command or a sentence; empty when all is well
  /// Of a knob: its value now, and the one after the next boot with the file that sets it.
  std::string live = {};
  std::string persisted = {};
  std::string group = "checklist";  ///< checklist, boot, or cause: the id is that of a cause
  /// What the policy would do about it; empty where no policy was asked or nothing is wrong.
  std::string policy = {};
  std::string waived = {};  ///< reason and last day of the waiver that makes it count as ok

  /// What it counts as.
  [[nodiscard]] Severity counted() const { return waived.empty() ? severity : Severity::ok; }
};

/// Of the host alone: overcommit, commit limit, THP, process limits, swap. Pure.
[[nodiscard]] std::vector<Finding> audit_host(const FactSet& facts);

/// Of the host's knobs: whether the next boot keeps them, and which file decides. Pure.
[[nodiscard]] std::vector<Finding> audit_boot(const FactSet& facts);

/// Of one server: save states, memory, limits, replication, save points, forecast. Pure.
[[nodiscard]] std::vector<Finding> audit_instance(const FactSet& facts, const Diagnosis& diagnosis,
                                                  const forecast::Forecast& forecast);

/// Of one server: every cause that can be seen before it bites, by its id. Pure.
[[nodiscard]] std::vector<Finding> audit_causes(const Observation& observation,
                                                const Diagnosis& diagnosis);

/// The worse of two: critical over unknown over warning over ok.
[[nodiscard]] Severity graver(Severity one, Severity other);
[[nodiscard]] Severity worst(const std::vector<Finding>& findings);

}  // namespace forkmend::diagnosis
