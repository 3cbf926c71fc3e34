// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fact.hpp"
#include "diagnosis/diagnosis.hpp"
#include "engine/ledger.hpp"
#include "policy/policy.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::engine {

/// One remedy to try: its steps, then a verified save, else everything undone. Where no single one
/// is enough, several together.
struct Attempt {
  std::string remedy;  ///< id; of several: "overcommit-limit + swapfile", steps in that order
  std::vector<remediations::Step> steps;
  std::vector<remediations::Step> persist;
  std::string predicted;
  std::string forecast_after;  ///< verdict of the what-if: admitted, refused, too-close, unknown
  std::vector<std::string> notes;
  bool mitigates = false;    ///< as in the remedy's spec
  std::string because = {};  ///< why it stands at this place; one sentence
};

/// The ids of an attempt's remedies.
[[nodiscard]] std::vector<std::string> remedies_of(const Attempt& attempt);

struct RefusedRemedy {
  std::string remedy;
  std::string because;
  /// A rail, the policy or the command line is in the way: a person can decide otherwise. Else the
  /// remedy itself says that it is no answer here. Not stored with a plan.
  bool by_rail = false;
  std::string pass = {};  ///< how, where by_rail: a command or what to change
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
  std::vector<std::string> proof = {};  ///< proof_outlook(); empty when no save is to prove it

  [[nodiscard]] bool empty() const { return attempts.empty(); }
  /// Whether a save is to prove any of the attempts.
  [[nodiscard]] bool has_proof() const;
  /// Risk of the riskiest step.
  [[nodiscard]] Risk risk() const;
  [[nodiscard]] bool needs_root() const;
};

/// A heal of this instance that is provisional: neither the rail stable_after nor stable_saves has
/// made it one that lasted.
struct RecentHeal {
  std::string cause;
  std::string remedy;    ///< as Attempt::remedy
  std::string incident;  ///< id
  std::chrono::milliseconds ago{0};
  bool only_mitigated = false;  ///< it kept the server going; saves went on failing
  std::int64_t own_saves = 0;   ///< saves of the server's own that worked since
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
  /// The same cause again: what healed it last is skipped, the next remedy has its turn.
  std::vector<RecentHeal> recent_heals = {};
  /// What never healed the cause goes behind the others.
  Ledger ledger = {};
  /// Of strains: what was done against one within a day is not done again.
  std::vector<RecentHeal> strain_attempts = {};
  bool verify = true;  ///< false: no save will be triggered, so none has to be guarded
};

/// Pure apart from the reads that remedies do through root. A failing save whose cause is gone (the
/// forecast admits the fork) gives one attempt without steps: save again and prove it.
[[nodiscard]] Plan make_plan(const PlanRequest& request);

}  // namespace forkmend::engine
