// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/fact.hpp"
#include "base/risk.hpp"
#include "diagnosis/diagnosis.hpp"
#include "forecast/forecast.hpp"
#include "host/root.hpp"
#include "policy/parameter.hpp"
#include "remediations/step.hpp"

namespace forkmend::remediations {

/// What a remedy plans from. It reads; it never writes.
struct PlanInput {
  const FactSet& facts;
  const forecast::Forecast& forecast;
  const diagnosis::Cause* cause = nullptr;  ///< nullptr: preventive
  const policy::Parameters& parameters;
  const host::Root& root;
  /// The rule names this remedy although it changes a deliberate setting (strict overcommit).
  bool keep_strict_overcommit = true;
};

/// What the remedy would do. Steps in order; `persist` is for the next boot, run after
/// verification.
struct Proposal {
  std::vector<Step> steps;
  std::vector<Step> persist;
  std::string predicted;           ///< one sentence: what is different afterwards
  std::vector<std::string> notes;  ///< e.g. why persistence is not possible here
};

/// Why the remedy is not the answer here; one sentence.
struct Refusal {
  std::string because;
};

using PlanResult = std::variant<Proposal, Refusal>;

/// Four-valued: does this remedy apply to these facts.
enum class Applicability { applicable, already_good, not_applicable, unknown };
struct ProbeResult {
  Applicability answer = Applicability::unknown;
  std::string because;
};

/// One remedy, as data. Each remedy's .cpp defines one `extern constexpr RemediationSpec` named
/// k<PascalStem>, listed in meson.build; registry() is generated from that list.
struct RemediationSpec {
  std::string_view id;       ///< kebab form of the stem
  std::string_view summary;  ///< one line
  std::string_view symptom;  ///< what an operator sees when this is the answer
  std::string_view changes;  ///< what it changes
  std::string_view risk_note;
  std::string_view undo_by_hand;
  Scope scope = Scope::host;
  Risk risk = Risk::safe;
  std::span<const std::string_view> causes;  ///< cause ids it can cure
  std::span<const policy::ParameterSpec> parameters;
  ProbeResult (*probe)(const PlanInput& input) = nullptr;
  PlanResult (*plan)(const PlanInput& input) = nullptr;
  /// It keeps the server going while saves still fail: no save is triggered to prove it, and the
  /// incident ends mitigated, never healed.
  bool mitigates = false;
};

/// Every remedy, in the order of meson.build.
[[nodiscard]] std::span<const RemediationSpec* const> registry();
[[nodiscard]] const RemediationSpec* find_remediation(std::string_view id);
/// The registry as the policy loader wants it.
[[nodiscard]] std::vector<policy::RemedyDeclaration> remedy_declarations();

}  // namespace forkmend::remediations
