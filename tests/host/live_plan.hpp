// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "forecast/forecast.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::testing {

/// What a remedy plans for this very host from facts that the test gives, with its parameters at
/// their defaults but for `path`.
inline remediations::PlanResult live_plan(std::string_view remedy,
                                          const std::map<std::string, FactValue>& values,
                                          std::string_view cause, const std::string& path = "") {
  FactSet facts;
  facts.set("host.container", std::string("none"), "", "test");
  facts.set("host.initial_user_namespace", true, "", "test");
  facts.set("host.systemd", false, "", "test");
  for (const auto& [name, value] : values) facts.set(name, value, "", "test");
  const auto* spec = remediations::find_remediation(remedy);
  const host::Root root;
  const forecast::Forecast forecast = forecast::forecast_fork(facts);
  policy::Parameters parameters = policy::default_parameters(spec->parameters);
  if (!path.empty()) parameters.set("path", path);
  const diagnosis::Cause blamed{std::string(cause), diagnosis::Confidence::likely, {}};
  return spec->plan({.facts = facts,
                     .forecast = forecast,
                     .cause = &blamed,
                     .parameters = parameters,
                     .root = root});
}

/// The sentence of the refusal; empty where there is a proposal.
inline std::string refusal_of(const remediations::PlanResult& result) {
  const auto* refusal = std::get_if<remediations::Refusal>(&result);
  return refusal != nullptr ? refusal->because : std::string();
}

/// The proposal; a refusal fails the test and gives an empty one.
inline remediations::Proposal proposal_of(const remediations::PlanResult& result) {
  if (const auto* proposal = std::get_if<remediations::Proposal>(&result)) return *proposal;
  ADD_FAILURE() << "refused: " << refusal_of(result);
  return {};
}

}  // namespace forkmend::testing
