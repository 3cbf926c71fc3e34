// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "engine/consent.hpp"
#include "engine/escalation.hpp"
#include "engine/plan.hpp"
#include "engine/plan_attempts.hpp"
#include "engine/plan_choice.hpp"
#include "engine/proof_plan.hpp"
#include "engine/save_again.hpp"
#include "engine/step_json.hpp"
#include "engine/strain.hpp"
#include "engine/write_guard.hpp"

namespace forkmend::engine {

namespace {

using diagnosis::Confidence;

/// What the plan is made against. `cause` is nullptr when there is only a forecast.
struct Chosen {
  std::string id = "unknown";
  const diagnosis::Cause* cause = nullptr;
  bool shown = false;  ///< proven, likely, or computed: enough to act on
};

Chosen choose_cause(const PlanRequest& request) {
  // Before anything has failed the only cause that a diagnosis may have is a false alarm.
  if (!request.diagnosis.failing && forecast::denies(request.forecast.verdict)) {
    const std::string_view id = cause_of_rule(request.forecast.binding_rule);
    if (!id.empty()) return {std::string(id), nullptr, true};
  }
  for (const diagnosis::Cause& cause : request.diagnosis.causes) {
    if (cause.confidence != Confidence::possible) return {cause.id, &cause, true};
  }
  if (request.diagnosis.causes.empty()) return {};
  return {request.diagnosis.causes.front().id, &request.diagnosis.causes.front(), false};
}

bool something_to_do(const PlanRequest& request) {
  switch (request.trigger) {
    case policy::Trigger::failure:
      return request.diagnosis.failing;
    case policy::Trigger::forecast:
      return forecast::denies(request.forecast.verdict);
    case policy::Trigger::strain:
      return saves_are_well(request.diagnosis, request.forecast) &&
             !strains_with_rule(request.diagnosis, request.policy, request.facts).empty();
  }
  return false;
}

std::string no_rule(const PlanRequest& request, const Chosen& chosen,
                    const policy::RuleMatch& match) {
  std::string says = "no rule of " + request.policy.source + " matches the cause " + chosen.id;
  for (const policy::RuleTrace& trace : match.trace) {
    if (trace.rule == nullptr) continue;
    const auto& causes = trace.rule->causes;
    if (std::ranges::find(causes, chosen.id) == causes.end()) continue;
    says += "; rule \"" + trace.rule->name + "\" does not: " + trace.because;
  }
  const std::string could = suggestions(request, chosen.cause, chosen.id);
  if (!could.empty()) says += "; " + could;
  return says;
}

/// Of each entry that this server needs; what is refused is told in the plan.
std::vector<Attempt> first_aid_of(Plan& plan, const ChoiceContext& context) {
  std::vector<Attempt> all;
  for (const policy::RemedyChoice& choice : context.rule.first_aid) {
    ChoiceResult result = plan_first_aid(context, choice);
    if (auto* refused = std::get_if<RefusedRemedy>(&result)) {
      plan.refused.push_back(std::move(*refused));
    } else if (auto* aid = std::get_if<Attempt>(&result); aid != nullptr && !aid->steps.empty()) {
      all.push_back(std::move(*aid));
    }
  }
  return all;
}

void add_first_aid(Plan& plan, const ChoiceContext& context) {
  for (Attempt& aid : first_aid_of(plan, context)) {
    for (auto& step : aid.steps) plan.first_aid.push_back(std::move(step));
  }
}

/// How often it is looked whether first aid that stands alone is still needed: while taking it back
/// would do harm, its lease begins anew.
constexpr std::chrono::seconds kAidLease{600};

/// Nothing of the rule can heal: a disk is full, or its remedies are refused. The server is kept
/// going all the same until a person has mended the cause, and that is not called healed.
void add_first_aid_alone(Plan& plan, const ChoiceContext& context) {
  Attempt alone{.remedy = {},
                .steps = {},
                .persist = {},
                .predicted =
                    "no save works by it: it keeps the server going until the cause is "
                    "mended, and is taken back when nothing needs it any more",
                .forecast_after = std::string(to_string(context.request.forecast.verdict)),
                .notes = {},
                .mitigates = true,
                .because = "first aid alone, because no remedy of the rule applies"};
  for (Attempt& aid : first_aid_of(plan, context)) {
    if (!alone.remedy.empty()) alone.remedy += " + ";
    alone.remedy += aid.remedy;
    for (auto& step : aid.steps) {
      step.lease = kAidLease.count();
      alone.steps.push_back(std::move(step));
    }
  }
  if (!alone.steps.empty()) plan.attempts.push_back(std::move(alone));
}

Attempt save_again(const PlanRequest& request) {
  return {.remedy = std::string(kSaveAgain),
          .steps = {},
          .persist = {},
          .predicted =
              "nothing is changed: the fork that failed would succeed now, so a save is "
              "triggered and proven",
          .forecast_after = std::string(to_string(request.forecast.verdict)),
          .notes = {},
          .mitigates = false,
          .because = "what refused the fork is gone, so there is nothing to change"};
}

/// A cause that is gone at this moment, and came back after a mere save: then the rule's remedies
/// have their turn before the next save.
bool comes_back(const PlanRequest& request, const Chosen& chosen) {
  const RecentHeal* heal = last_heal(request, chosen.id);
  return heal != nullptr && heal->remedy == kSaveAgain;
}

void add_save_again(Plan& plan, const PlanRequest& request, const Chosen& chosen) {
  Attempt attempt = save_again(request);
  if (comes_back(request, chosen)) {
    const RecentHeal& heal = *last_heal(request, chosen.id);
    const std::string before = "a save alone healed this in incident " + heal.incident +
                               ", and the cause came back while that was provisional";
    if (plan.attempts.empty()) {
      attempt.because = before + "; no remedy of the policy applies now";
    } else {
      plan.attempts.front().because = before + ": the rule's remedies have their turn";
      attempt.because = "has its turn if " + plan.attempts.back().remedy + " does not heal";
    }
  }
  plan.attempts.push_back(std::move(attempt));
}

/// What must be the same for a plan to be the same, beside what it would change.
std::string inputs_of(const PlanRequest& request) {
  const auto part = [&request](std::string_view name) {
    const Fact* fact = request.facts.find(name);
    return fact == nullptr ? std::string() : to_string(*fact) + "\n";
  };
  return part("instance.start_time") + part("redis.run_id") + part("failure.kind") +
         std::string(to_string(request.allowed));
}

void fill(Plan& plan, const PlanRequest& request, const Chosen& chosen) {
  const auto match = policy::match_rule(request.policy, request.trigger, chosen.id, request.facts);
  if (match.rule != nullptr) plan.rule = match.rule->name;
  if (cause_is_gone(request.facts, request.diagnosis, request.forecast)) {
    if (match.rule != nullptr) {
      const ChoiceContext context{request, *match.rule, chosen.cause, chosen.id};
      if (chosen.shown && comes_back(request, chosen)) add_attempts(plan, context);
      add_first_aid(plan, context);
    }
    add_save_again(plan, request, chosen);
    return;
  }
  if (chosen.id == "unknown") {
    plan.advice.emplace_back("the cause is not known: nothing is tried on a guess");
    return;
  }
  if (!chosen.shown) {
    plan.advice.push_back("the cause is only possibly " + chosen.id +
                          ": nothing is tried before evidence makes it likely");
    return;
  }
  if (match.rule == nullptr) {
    plan.advice.push_back(no_rule(request, chosen, match));
    return;
  }
  const ChoiceContext context{request, *match.rule, chosen.cause, chosen.id};
  add_attempts(plan, context);
  if (plan.attempts.empty()) {
    // First aid is for saves that fail.
    if (request.trigger != policy::Trigger::strain) add_first_aid_alone(plan, context);
  } else {
    add_first_aid(plan, context);
  }
}

Plan plan_against(const PlanRequest& request, const Chosen& chosen) {
  Plan plan;
  plan.instance = request.instance;
  plan.pid = request.facts.integer("instance.pid").value_or(0);
  plan.cause = chosen.id;
  if (something_to_do(request)) {
    if (auto because = hands_off(request); !because.empty()) {
      plan.advice.push_back(std::move(because));
    } else {
      fill(plan, request, chosen);
      add_write_guard(plan, request);
      if (request.verify && plan.has_proof()) {
        plan.proof = proof_outlook(request.facts, request.policy.rails);
      }
    }
  }
  plan.id = plan_id(plan, inputs_of(request));
  return plan;
}

/// Of the first strain that something can be done about; else what is known of the first one.
Plan plan_against_strains(const PlanRequest& request) {
  std::optional<Plan> first;
  const auto strains = strains_with_rule(request.diagnosis, request.policy, request.facts);
  for (const diagnosis::Cause* strain : strains) {
    Plan plan = plan_against(request, {strain->id, strain, true});
    if (!plan.empty()) return plan;
    if (!first) first = std::move(plan);
  }
  return first ? *std::move(first) : plan_against(request, {});
}

}  // namespace

Plan make_plan(const PlanRequest& request) {
  if (request.trigger == policy::Trigger::strain) return plan_against_strains(request);
  return plan_against(request, choose_cause(request));
}

}  // namespace forkmend::engine
