// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/plan.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace forkmend::engine {

namespace {

using Steps = std::vector<remediations::Step>;

Risk riskiest(const Steps& steps, Risk at_least) {
  for (const auto& step : steps) at_least = std::max(at_least, step.risk);
  return at_least;
}

bool any_needs_root(const Steps& steps) {
  return std::ranges::any_of(steps, &remediations::Step::needs_root);
}

}  // namespace

std::vector<std::string> remedies_of(const Attempt& attempt) {
  std::vector<std::string> ids;
  for (const std::string_view word : split_blanks(attempt.remedy)) {
    if (word != "+") ids.emplace_back(word);
  }
  return ids;
}

bool Plan::has_proof() const {
  return std::ranges::any_of(attempts, [](const Attempt& attempt) { return !attempt.mitigates; });
}

Risk Plan::risk() const {
  Risk risk = riskiest(first_aid, Risk::safe);
  for (const Attempt& attempt : attempts) {
    risk = riskiest(attempt.persist, riskiest(attempt.steps, risk));
  }
  return risk;
}

bool Plan::needs_root() const {
  return any_needs_root(first_aid) || std::ranges::any_of(attempts, [](const Attempt& attempt) {
           return any_needs_root(attempt.steps) || any_needs_root(attempt.persist);
         });
}

}  // namespace forkmend::engine
