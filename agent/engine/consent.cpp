// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/consent.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace forkmend::engine {

namespace {

using remediations::Step;

bool may_be_hijacked(const diagnosis::Diagnosis& diagnosis) {
  return std::ranges::any_of(diagnosis.causes,
                             [](const auto& cause) { return cause.id == "hijacked-dir"; });
}

/// Each remedy and each risk is told once.
void judge(std::vector<std::string>& reasons, const Step& step, const PlanRequest& today) {
  const auto& rails = today.policy.rails;
  std::string because;
  if (std::ranges::find(rails.deny, step.remedy) != rails.deny.end()) {
    because = "the rail deny names " + step.remedy;
  } else if (step.risk > rails.max_risk) {
    because = step.remedy + " is " + std::string(to_string(step.risk)) +
              ", and the rail max_risk is " + std::string(to_string(rails.max_risk));
  } else if (step.risk > today.allowed) {
    const std::string risk(to_string(step.risk));
    because = step.remedy + " is " + risk + ": only with --allow " + risk;
  }
  if (because.empty() || std::ranges::find(reasons, because) != reasons.end()) return;
  reasons.push_back(std::move(because));
}

}  // namespace

std::string hands_off(const PlanRequest& request) {
  if (request.facts.flag("instance.local") != true) {
    return "nothing is changed for " + request.instance +
           ": it is not proven to be a process of this host (" +
           request.facts.text("instance.locality").value_or("nobody looked") +
           "); run forkmend on the host that it runs on";
  }
  if (may_be_hijacked(request.diagnosis)) {
    return "the server's dir or dbfilename looks changed by an attacker: nothing is changed and no "
           "save is triggered; cut it off from the network and look into it first";
  }
  return {};
}

std::vector<std::string> why_not_allowed(const Plan& plan, const PlanRequest& today) {
  std::vector<std::string> reasons;
  if (auto because = hands_off(today); !because.empty()) reasons.push_back(std::move(because));
  for (const Step& step : plan.first_aid) judge(reasons, step, today);
  for (const Attempt& attempt : plan.attempts) {
    for (const Step& step : attempt.steps) judge(reasons, step, today);
    for (const Step& step : attempt.persist) judge(reasons, step, today);
  }
  return reasons;
}

}  // namespace forkmend::engine
