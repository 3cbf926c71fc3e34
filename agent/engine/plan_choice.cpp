// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/plan_choice.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "engine/outlook.hpp"
#include "forecast/forecast.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::engine {

namespace {

using remediations::Applicability;
using remediations::Proposal;
using remediations::Refusal;
using remediations::Step;

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

/// Strict mode is left only where the rail lets everybody, or the rule is about the strict commit
/// limit and names the remedy: then somebody has thought of just that.
bool keeps_strict_overcommit(const ChoiceContext& context) {
  if (!context.request.policy.rails.keep_strict_overcommit) return false;
  const policy::Rule& rule = context.rule;
  const bool names_remedy = std::ranges::any_of(
      rule.attempts,
      [](const policy::RemedyChoice& choice) { return choice.remedy == "overcommit-memory"; });
  return !(names_remedy && contains(rule.causes, "commit-limit"));
}

std::optional<std::string> not_probed(const remediations::ProbeResult& probe) {
  switch (probe.answer) {
    case Applicability::applicable:
      return std::nullopt;
    case Applicability::already_good:
      return "nothing to do: " + probe.because;
    case Applicability::not_applicable:
      return probe.because;
    case Applicability::unknown:
      return "it cannot be told whether it applies: " + probe.because;
  }
  return probe.because;
}

void raise_risk(std::vector<Step>& steps, std::optional<Risk> at_least) {
  if (!at_least) return;
  for (Step& step : steps) step.risk = std::max(step.risk, *at_least);
}

struct TooRisky {
  std::string because;
  std::string pass;
};

std::optional<TooRisky> too_risky(const Step& step, const PlanRequest& request) {
  const std::string risk(to_string(step.risk));
  const std::string what = "setting " + to_string(step.target) + " is " + risk;
  const Risk most = request.policy.rails.max_risk;
  if (step.risk > most) {
    return TooRisky{what + ", and the rail max_risk is " + std::string(to_string(most)),
                    "max_risk = \"" + risk + "\" in [rails] of " + request.policy.source};
  }
  if (step.risk > request.allowed) {
    return TooRisky{what + ": only with --allow " + risk, "forkmend fix --allow " + risk};
  }
  return std::nullopt;
}

std::optional<TooRisky> too_risky(const std::vector<Step>& steps, const PlanRequest& request) {
  for (const Step& step : steps) {
    if (auto risky = too_risky(step, request)) return risky;
  }
  return std::nullopt;
}

remediations::PlanInput input_for(const ChoiceContext& context,
                                  const policy::RemedyChoice& choice) {
  return {.facts = context.request.facts,
          .forecast = context.request.forecast,
          .cause = context.cause,
          .parameters = choice.parameters,
          .root = context.request.root,
          .keep_strict_overcommit = keeps_strict_overcommit(context)};
}

/// The remedy refuses because of the rail, so a person can decide otherwise.
bool strict_rail_refuses(const remediations::PlanInput& input,
                         const remediations::RemediationSpec& spec) {
  return spec.id == "overcommit-memory" && input.keep_strict_overcommit &&
         input.facts.integer("host.overcommit_memory") == 2;
}

RefusedRemedy refuse(const PlanRequest& request, const std::string& remedy, std::string because,
                     bool by_strict_rail) {
  if (!by_strict_rail) return {remedy, std::move(because)};
  return {remedy, std::move(because), true,
          "keep_strict_overcommit = false in [rails] of " + request.policy.source};
}

std::variant<Proposal, RefusedRemedy> propose(const ChoiceContext& context,
                                              const policy::RemedyChoice& choice) {
  const PlanRequest& request = context.request;
  const std::string& remedy = choice.remedy;
  if (contains(request.policy.rails.deny, remedy)) {
    return RefusedRemedy{remedy, "the rail deny names it", true,
                         "take it out of deny in [rails] of " + request.policy.source};
  }
  const remediations::RemediationSpec* spec = remediations::find_remediation(remedy);
  if (spec == nullptr) return RefusedRemedy{remedy, "this forkmend has no such remedy"};
  const remediations::PlanInput input = input_for(context, choice);
  const bool by_rail = strict_rail_refuses(input, *spec);
  if (auto because = not_probed(spec->probe(input))) {
    return refuse(request, remedy, std::move(*because), by_rail);
  }
  remediations::PlanResult result = spec->plan(input);
  if (auto* refusal = std::get_if<Refusal>(&result)) {
    return refuse(request, remedy, std::move(refusal->because), by_rail);
  }
  auto& proposal = std::get<Proposal>(result);
  raise_risk(proposal.steps, choice.risk);
  raise_risk(proposal.persist, choice.risk);
  if (auto risky = too_risky(proposal.steps, request)) {
    return RefusedRemedy{remedy, std::move(risky->because), true, std::move(risky->pass)};
  }
  return std::move(proposal);
}

bool cures_what_else_refuses(const ChoiceContext& context,
                             const remediations::RemediationSpec& spec) {
  return context.combining &&
         std::ranges::any_of(refusing_causes(context.request.forecast), [&](std::string_view id) {
           return std::ranges::find(spec.causes, id) != spec.causes.end();
         });
}

/// A rule may try a remedy against any cause. What reaches beyond the server is changed only for a
/// cause that it cures: vm.overcommit_memory=1 against a full disk would mend nothing. Advice
/// changes nothing, and what a hook cures its policy knows.
std::optional<std::string> why_no_cure(const ChoiceContext& context,
                                       const policy::RemedyChoice& choice) {
  const remediations::RemediationSpec* spec = remediations::find_remediation(choice.remedy);
  if (spec == nullptr || context.cause == nullptr) return std::nullopt;
  const bool any =
      spec->scope == Scope::instance || spec->scope == Scope::advice || spec->scope == Scope::any;
  if (any) return std::nullopt;
  if (cures(*spec, context) || cures_what_else_refuses(context, *spec)) return std::nullopt;
  return "it has no part in " + context.cause->id + ", which is the cause";
}

/// First aid that this server does not need is nothing to tell: most servers are no replica.
bool needs_no_aid(const ChoiceContext& context, const policy::RemedyChoice& choice) {
  const remediations::RemediationSpec* spec = remediations::find_remediation(choice.remedy);
  if (spec == nullptr) return false;
  const auto answer = spec->probe(input_for(context, choice)).answer;
  return answer == Applicability::not_applicable || answer == Applicability::already_good;
}

void limit_persistence(Proposal& proposal, const ChoiceContext& context) {
  if (proposal.persist.empty()) return;
  std::string because;
  if (context.rule.persist == policy::Persist::never) {
    because = "the rule says persist = \"never\"";
  } else if (auto risky = too_risky(proposal.persist, context.request)) {
    because = std::move(risky->because);
  } else {
    return;
  }
  proposal.persist.clear();
  proposal.notes.push_back("not kept for the next boot: " + because);
}

Advice advice_of(Proposal proposal) {
  Advice advice;
  if (!proposal.predicted.empty()) advice.sentences.push_back(std::move(proposal.predicted));
  for (std::string& note : proposal.notes) advice.sentences.push_back(std::move(note));
  return advice;
}

/// A bridge heals nothing and says so; what the user's own commands do, no forecast knows.
bool is_beyond_the_forecast(const std::vector<Step>& steps) {
  return std::ranges::any_of(steps, [](const Step& step) {
    return step.lease != 0 || step.target.type == remediations::StepType::hook;
  });
}

}  // namespace

bool cures(const remediations::RemediationSpec& spec, const ChoiceContext& context) {
  return std::ranges::find(spec.causes, context.cause_id) != spec.causes.end();
}

ChoiceResult plan_attempt(const ChoiceContext& context, const policy::RemedyChoice& choice) {
  if (auto because = why_no_cure(context, choice)) {
    return RefusedRemedy{choice.remedy, std::move(*because)};
  }
  auto proposed = propose(context, choice);
  if (auto* refused = std::get_if<RefusedRemedy>(&proposed)) return std::move(*refused);
  auto& proposal = std::get<Proposal>(proposed);
  if (proposal.steps.empty()) return advice_of(std::move(proposal));
  limit_persistence(proposal, context);
  const forecast::Forecast after =
      forecast::forecast_fork(facts_after(context.request.facts, proposal.steps));
  Attempt attempt{.remedy = choice.remedy,
                  .steps = std::move(proposal.steps),
                  .persist = std::move(proposal.persist),
                  .predicted = std::move(proposal.predicted),
                  .forecast_after = std::string(to_string(after.verdict)),
                  .notes = std::move(proposal.notes),
                  .mitigates = remediations::find_remediation(choice.remedy)->mitigates};
  if (attempt.mitigates || is_beyond_the_forecast(attempt.steps)) return attempt;
  if (auto still = obstacle(after, context.cause_id)) {
    return Insufficient{std::move(attempt), std::move(*still)};
  }
  return attempt;
}

ChoiceResult plan_first_aid(const ChoiceContext& context, const policy::RemedyChoice& choice) {
  Attempt aid;
  aid.remedy = choice.remedy;
  if (needs_no_aid(context, choice)) return aid;
  auto proposed = propose(context, choice);
  if (auto* refused = std::get_if<RefusedRemedy>(&proposed)) return std::move(*refused);
  aid.steps = std::move(std::get<Proposal>(proposed).steps);
  for (const Step& step : aid.steps) {
    if (step.risk == Risk::safe && step.scope == Scope::instance) continue;
    return RefusedRemedy{choice.remedy, "first aid must be safe and of the instance, and setting " +
                                            to_string(step.target) + " is not"};
  }
  return aid;
}

}  // namespace forkmend::engine
