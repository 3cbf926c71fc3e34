// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <string>
#include <vector>

#include "diagnosis/diagnosis.hpp"
#include "engine/plan.hpp"
#include "forecast/forecast.hpp"
#include "policy/policy.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

/// A local server whose fork strict overcommit refuses, as facts; and a policy with one rule.
struct PlanCase {
  PlanCase();

  void set(const std::map<std::string, FactValue>& values);
  void blame(const char* cause, diagnosis::Confidence confidence);
  /// One more entry of `try`, with the remedy's defaults.
  void try_remedy(const char* remedy);

  /// The plan for the facts as they are now; the forecast follows from them.
  [[nodiscard]] engine::Plan plan() const;

  HostTree tree;
  FactSet facts;
  diagnosis::Diagnosis diagnosis;
  policy::Policy policy;
  policy::Trigger trigger = policy::Trigger::failure;
  Risk allowed = Risk::disruptive;
  std::vector<engine::RecentHeal> recent_heals;
  engine::Ledger ledger;
  std::vector<engine::RecentHeal> strain_attempts;

  [[nodiscard]] policy::Rule& rule() { return policy.rules.front(); }
};

}  // namespace forkmend::testing
