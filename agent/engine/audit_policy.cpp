// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/audit_policy.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "policy/cause_ids.hpp"
#include "policy/names.hpp"
#include "policy/read_waiver.hpp"

namespace forkmend::engine {

namespace {

using diagnosis::Finding;
using diagnosis::Severity;
using policy::Trigger;
using policy::Waiver;

std::string remedies_of(const policy::Rule& rule) {
  std::string text;
  for (const policy::RemedyChoice& choice : rule.attempts) {
    text += (text.empty() ? "" : ", ") + choice.remedy;
  }
  return text.empty() ? "nothing, on purpose" : text;
}

/// A strain is no failure and no refused fork, so that a rule for those never meets it.
std::string asleep(const policy::Rule& rule) {
  return "rule \"" + printable(rule.name) +
         "\" names it and does not act on it, as no save fails by it: \"strain\" in its `on` turns "
         "that on (" +
         remedies_of(rule) + ")";
}

/// Before anything failed first: that is what a preventive rule would do.
std::string acting(const policy::Policy& policy, const std::string& cause, const FactSet& facts) {
  const auto triggers = policy::is_strain(cause) ? std::vector{Trigger::strain}
                                                 : std::vector{Trigger::forecast, Trigger::failure};
  for (const Trigger trigger : triggers) {
    const auto match = policy::match_rule(policy, trigger, cause, facts);
    if (match.rule == nullptr) continue;
    return "rule \"" + printable(match.rule->name) + "\" on " +
           std::string(policy::to_string(trigger)) +
           (trigger == Trigger::strain ? ", once that is likely: " : ": ") +
           remedies_of(*match.rule) + " (mode " + std::string(policy::to_string(policy.mode)) + ")";
  }
  return {};
}

bool is_for(const Waiver& waiver, const Finding& finding, std::string_view endpoint) {
  return waiver.finding == finding.id && (waiver.instance.empty() || waiver.instance == endpoint);
}

bool is_over(const Waiver& waiver, WallTime now) {
  return now >= std::chrono::sys_days(waiver.until) + std::chrono::days(1);
}

void waive(Finding& finding, const Waiver& waiver, WallTime now) {
  if (is_over(waiver, now)) {
    finding.says += " (it was waived until " + policy::to_string(waiver.until) + ")";
    return;
  }
  finding.waived = printable(waiver.reason) + " (until " + policy::to_string(waiver.until) + ")";
}

}  // namespace

std::string policy_on(const policy::Policy& policy, const std::string& cause,
                      const FactSet& facts) {
  if (auto says = acting(policy, cause, facts); !says.empty()) return says;
  if (policy::is_strain(cause)) {
    const auto named = std::ranges::find_if(policy.rules, [&](const policy::Rule& rule) {
      return std::ranges::find(rule.causes, cause) != rule.causes.end() &&
             std::ranges::find(rule.on, Trigger::strain) == rule.on.end();
    });
    if (named != policy.rules.end()) return asleep(*named);
  }
  return "no rule of " + printable(policy.source) + " acts on it";
}

void apply_policy(std::vector<Finding>& findings, std::string_view endpoint,
                  const policy::Policy& policy, const FactSet& facts, WallTime now) {
  for (Finding& finding : findings) {
    if (finding.severity == Severity::ok) continue;
    if (policy::find_cause(finding.id) != nullptr) {
      finding.policy = policy_on(policy, finding.id, facts);
    }
    for (const Waiver& waiver : policy.waivers) {
      if (is_for(waiver, finding, endpoint)) waive(finding, waiver, now);
    }
  }
}

std::vector<Finding> idle_waivers(const policy::Policy& policy,
                                  const std::vector<std::string_view>& known_ids) {
  std::vector<Finding> findings;
  for (const Waiver& waiver : policy.waivers) {
    const bool known = policy::find_cause(waiver.finding) != nullptr ||
                       std::ranges::find(known_ids, waiver.finding) != known_ids.end();
    if (known) continue;
    findings.push_back(Finding{.id = "waiver",
                               .severity = Severity::warning,
                               .says = printable(policy.source) + ":" +
                                       std::to_string(waiver.at.line) + " waives \"" +
                                       waiver.finding + "\", which no check is called",
                               .fix = "take it out, or write one of the ids that audit shows"});
  }
  return findings;
}

}  // namespace forkmend::engine
