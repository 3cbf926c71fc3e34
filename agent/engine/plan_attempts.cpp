// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/plan_attempts.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "engine/combine.hpp"
#include "engine/demotion.hpp"
#include "engine/escalation.hpp"
#include "engine/outlook.hpp"
#include "engine/strain.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::engine {

namespace {

using policy::RemedyChoice;

/// Declared scope and risk; the rule may have raised the risk.
std::pair<Scope, Risk> reach(const RemedyChoice& choice) {
  const auto* spec = remediations::find_remediation(choice.remedy);
  if (spec == nullptr) return {Scope::advice, Risk::lossy};
  return {spec->scope, std::max(spec->risk, choice.risk.value_or(Risk::safe))};
}

/// Risk weighs more than scope: a safe change of the host is undone without a trace, lost data
/// never.
bool is_less_invasive(const RemedyChoice& one, const RemedyChoice& other) {
  const auto [scope, risk] = reach(one);
  const auto [other_scope, other_risk] = reach(other);
  return std::pair(risk, scope) < std::pair(other_risk, other_scope);
}

/// Of equals the first of the list stays first. (std::stable_sort of gcc 12 uses what is
/// deprecated.)
std::vector<RemedyChoice> in_order(const policy::Rule& rule) {
  if (rule.order != policy::Order::least_invasive) return rule.attempts;
  std::vector<RemedyChoice> choices;
  for (const RemedyChoice& choice : rule.attempts) {
    choices.insert(std::ranges::upper_bound(choices, choice, is_less_invasive), choice);
  }
  return choices;
}

std::string not_enough(const Insufficient& result) {
  return "even with " + result.attempt.remedy + " " + result.obstacle;
}

/// A bridge that comes back each time its lease has ended is none.
std::optional<RefusedRemedy> used_up(const ChoiceContext& context, const Attempt& attempt) {
  if (!attempt.mitigates) return std::nullopt;
  const auto* before = last_mitigation(context.request, context.cause_id, attempt.remedy);
  if (before == nullptr) return std::nullopt;
  return RefusedRemedy{attempt.remedy,
                       "it has had its time in incident " + before->incident +
                           " and saves still fail: a person has to decide",
                       true, "forkmend status ack " + before->incident};
}

/// Sorts what became of one entry into the plan. Returns whether it may be a part of several.
bool take(Plan& plan, ChoiceResult result) {
  if (auto* attempt = std::get_if<Attempt>(&result)) {
    plan.attempts.push_back(std::move(*attempt));
    return false;
  }
  if (auto* part = std::get_if<Insufficient>(&result)) {
    plan.refused.push_back({part->attempt.remedy, not_enough(*part)});
    return true;
  }
  if (auto* refused = std::get_if<RefusedRemedy>(&result)) {
    plan.refused.push_back(std::move(*refused));
    return !plan.refused.back().by_rail;
  }
  for (auto& says : std::get<Advice>(result).sentences) plan.advice.push_back(std::move(says));
  return false;
}

void add_combination(Plan& plan, const ChoiceContext& context,
                     const std::vector<RemedyChoice>& choices) {
  auto together = combine(context, choices);
  if (!together) return;
  const auto ids = remedies_of(*together);
  std::erase_if(plan.refused, [&](const RefusedRemedy& refused) {
    return std::ranges::find(ids, refused.remedy) != ids.end();
  });
  together->because =
      "none of the rule's remedies is enough alone, and these together are: nothing that the "
      "forecast knows is in the way then";
  plan.attempts.push_back(std::move(*together));
}

std::string first_because(const Attempt& attempt, const policy::Rule& rule) {
  std::string says = rule.order == policy::Order::least_invasive
                         ? "the least invasive remedy of the rule that "
                         : "the first of the rule's list that ";
  if (attempt.forecast_after == "admitted") return says + "applies and is enough";
  return says + "applies; whether it is enough the forecast cannot tell";
}

void explain(Plan& plan, const policy::Rule& rule) {
  for (std::size_t i = 0; i < plan.attempts.size(); ++i) {
    Attempt& attempt = plan.attempts[i];
    if (!attempt.because.empty()) continue;
    attempt.because = i == 0 ? first_because(attempt, rule)
                             : "has its turn if " + plan.attempts[i - 1].remedy + " does not heal";
  }
}

}  // namespace

void add_attempts(Plan& plan, const ChoiceContext& context) {
  std::vector<RemedyChoice> open;
  for (const RemedyChoice& choice : in_order(context.rule)) {
    ChoiceResult result = plan_attempt(context, choice);
    if (const auto* attempt = std::get_if<Attempt>(&result)) {
      auto refused = used_up(context, *attempt);
      if (!refused) refused = no_answer_to_strain(context.request, context.cause_id, *attempt);
      if (refused) result = *std::move(refused);
    }
    if (take(plan, std::move(result))) open.push_back(choice);
  }
  const bool blocked = obstacle(context.request.forecast, context.cause_id).has_value();
  if (plan.attempts.empty() && blocked) add_combination(plan, context, open);
  demote(plan, context.request);
  escalate(plan, context.request);
  explain(plan, context.rule);
}

std::string suggestions(const PlanRequest& request, const diagnosis::Cause* cause,
                        const std::string& cause_id) {
  policy::Rule rule;  // without a cause: a deliberate strict mode is not left for it
  rule.order = policy::Order::least_invasive;
  for (const auto* spec : remediations::registry()) {
    if (std::ranges::find(spec->causes, cause_id) == spec->causes.end()) continue;
    RemedyChoice choice;
    choice.remedy = spec->id;
    choice.parameters = policy::default_parameters(spec->parameters);
    rule.attempts.push_back(std::move(choice));
  }
  Plan plan;
  add_attempts(plan, {request, rule, cause, cause_id});
  std::vector<std::string> names;
  names.reserve(plan.attempts.size());
  for (const Attempt& attempt : plan.attempts) names.push_back(attempt.remedy);
  if (names.empty()) return {};
  return join_words(names) + (names.size() == 1 ? " applies" : " apply, least invasive first") +
         ", once a rule of the policy for " + cause_id + " names it (forkmend remedies show ID)";
}

}  // namespace forkmend::engine
