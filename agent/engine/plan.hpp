// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fact.hpp"
#include "diagnosis/diagnosis.hpp"
#include "policy/policy.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::engine {

/// One remedy to try: its steps, then a verified save, else everything undone.
struct Attempt {
  std::string remedy;
  std::vector<remediations::Step> steps;
  std::vector<remediations::Step> persist;
  std::string predicted;
  std::string forecast_after;  ///< verdict of the what-if: admitted, refused, too-close, unknown
  std::vector<std::string> notes;
  bool mitigates = false;  ///< as in the remedy's spec
};

struct RefusedRemedy {
  std::string remedy;
  std::string because;
  /// A rail, the policy or the command line is in the way: a person can decide otherwise. Else the
  /// remedy itself says that it is no answer here. Not stored with a plan.
  bool by_rail = false;
};

/// Ordered attempts against one cause on one instance. Same facts and policy -> same id.
struct Plan {
  std::string id;        ///< "p-" + 12 hex digits of the hash of inputs and steps
  std::string instance;  ///< endpoint
  std::int64_t pid = 0;
  std::string cause;
  std::string rule;  ///< the policy's rule
  std::vector<remediations::Step> first_aid;
  std::vector<Attempt> attempts;
  std::vector<RefusedRemedy> refused;
  std::vector<std::string> advice;

  [[nodiscard]] bool empty() const { return attempts.empty(); }
  /// Risk of the riskiest step.
  [[nodiscard]] Risk risk() const;
  [[nodiscard]] bool needs_root() const;
};

struct PlanRequest {
  std::string instance;
  const FactSet& facts;
  const diagnosis::Diagnosis& diagnosis;
  const forecast::Forecast& forecast;
  const policy::Policy& policy;
  const host::Root& root;
  policy::Trigger trigger = policy::Trigger::failure;
  Risk allowed = Risk::disruptive;  ///< the command line's --allow; rails and policy hold too
};

/// Pure apart from the reads that remedies do through root. A failing save whose cause is gone (the
/// forecast admits the fork) gives one attempt without steps: save again and prove it.
[[nodiscard]] Plan make_plan(const PlanRequest& request);

}  // namespace forkmend::engine
