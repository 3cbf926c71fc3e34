// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>

#include "policy/issues.hpp"
#include "policy/names.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {

namespace {

std::string either(const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  return alternatives(views);
}

/// The first thing that does not hold; empty when all of it does.
std::string first_obstacle(const Rule& rule, Trigger trigger, std::string_view cause,
                           const FactSet& facts) {
  if (std::ranges::find(rule.on, trigger) == rule.on.end()) {
    return "on does not name " + quoted(to_string(trigger));
  }
  if (!rule.causes.empty() && std::ranges::find(rule.causes, cause) == rule.causes.end()) {
    const std::string have = cause.empty() ? "unknown" : quoted(cause);
    return "the cause is " + have + ", not " + either(rule.causes);
  }
  for (const Condition& condition : rule.when) {
    if (evaluate(condition, facts) != Truth::yes) return explain(condition, facts);
  }
  return {};
}

std::string everything_held(const Rule& rule, Trigger trigger, std::string_view cause,
                            const FactSet& facts) {
  std::string text = "on " + std::string(to_string(trigger));
  text += rule.causes.empty() ? ", any cause" : ", cause " + quoted(cause);
  for (const Condition& condition : rule.when) text += ", " + explain(condition, facts);
  return text;
}

}  // namespace

RuleMatch match_rule(const Policy& policy, Trigger trigger, std::string_view cause,
                     const FactSet& facts) {
  RuleMatch match;
  for (const Rule& rule : policy.rules) {
    if (match.rule != nullptr) {
      match.trace.push_back({&rule, false, "an earlier rule matched: " + quoted(match.rule->name)});
      continue;
    }
    std::string because = first_obstacle(rule, trigger, cause, facts);
    const bool matched = because.empty();
    if (matched) {
      match.rule = &rule;
      because = everything_held(rule, trigger, cause, facts);
    }
    match.trace.push_back({&rule, matched, std::move(because)});
  }
  return match;
}

}  // namespace forkmend::policy
