// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/outlook.hpp"

#include <algorithm>
#include <array>

#include "engine/save_again.hpp"
#include "forecast/what_if.hpp"

namespace forkmend::engine {

namespace {

constexpr std::array<std::string_view, 3> kKills = {"memory-shortage", "cgroup-oom", "host-oom"};

/// ": 2 GiB are over CommitLimit", of a sentence that says once more that it is refused.
std::string detail(std::string_view says) {
  constexpr std::string_view kAgain = "Refused: ";
  if (says.starts_with(kAgain)) says.remove_prefix(kAgain.size());
  if (says.ends_with('.')) says.remove_suffix(1);
  return says.empty() ? std::string() : ": " + std::string(says);
}

std::string refusal_of(const forecast::Forecast& forecast) {
  const forecast::RuleForecast* rule = forecast.find(forecast.binding_rule);
  const std::string verdict =
      forecast.verdict == forecast::Verdict::kill ? "would end in an OOM kill" : "would be refused";
  if (rule == nullptr) return "the next fork " + verdict;
  return "the next fork " + verdict + " by the rule " + rule->id + detail(rule->says);
}

}  // namespace

FactSet facts_after(const FactSet& facts, const std::vector<remediations::Step>& steps) {
  std::map<std::string, FactValue> effects;
  for (const remediations::Step& step : steps) {
    for (const auto& [name, value] : step.effects) effects.insert_or_assign(name, value);
  }
  FactSet after = forecast::what_if(facts, effects);
  after.merge(forecast::forecast_facts(forecast::forecast_fork(after)));
  return after;
}

std::optional<std::string> obstacle(const forecast::Forecast& forecast, std::string_view cause) {
  if (forecast::denies(forecast.verdict)) return refusal_of(forecast);
  const bool kills = std::ranges::find(kKills, cause) != kKills.end();
  if (kills && forecast.cow.verdict == forecast::Verdict::kill) {
    return "the child would probably be killed" + detail(forecast.cow.says);
  }
  if (cause == "disk-full" && forecast.disk.verdict == forecast::Verdict::refused) {
    return "the new file would not fit" + detail(forecast.disk.says);
  }
  return std::nullopt;
}

std::vector<std::string_view> refusing_causes(const forecast::Forecast& forecast) {
  std::vector<std::string_view> causes;
  for (const forecast::RuleForecast& rule : forecast.rules) {
    const std::string_view cause = cause_of_rule(rule.id);
    if (cause.empty() || !forecast::denies(rule.verdict)) continue;
    if (std::ranges::find(causes, cause) == causes.end()) causes.push_back(cause);
  }
  return causes;
}

}  // namespace forkmend::engine
