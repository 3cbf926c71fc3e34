// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "plan_text.hpp"

#include <stdexcept>

#include "base/text.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::testing {

namespace {

std::string value_of(const std::optional<std::string>& value) {
  return value ? printable(*value, 2000) : "absent";
}

/// Without the comment that every file of ours begins with.
std::optional<std::string> settings_of(const std::optional<std::string>& content) {
  if (!content) return content;
  std::string settings;
  for (const std::string_view line : lines_of(*content)) {
    if (!line.starts_with('#')) settings.append(line).append("\n");
  }
  return settings;
}

std::string step_text(const remediations::Step& step, std::string_view prefix) {
  const bool file = step.target.type == remediations::StepType::file;
  std::string text = std::string(prefix) + std::string(to_string(step.target.type)) + " " +
                     to_string(step.target) + ": " +
                     value_of(file ? settings_of(step.before) : step.before) + " -> " +
                     value_of(file ? settings_of(step.after) : step.after) + "  (" +
                     std::string(to_string(step.scope)) + ", " + std::string(to_string(step.risk));
  if (step.lease != 0) text += ", for " + std::to_string(step.lease) + " s";
  return text + ")\n";
}

std::string attempt_text(const engine::Attempt& attempt, std::size_t number) {
  std::string text = std::to_string(number) + ". " + attempt.remedy + " -> " +
                     attempt.forecast_after + ": " + attempt.because + "\n";
  for (const auto& step : attempt.steps) text += step_text(step, "   ");
  for (const auto& step : attempt.persist) text += step_text(step, "   next boot: ");
  if (!attempt.predicted.empty()) text += "   then: " + attempt.predicted + "\n";
  for (const auto& note : attempt.notes) text += "   note: " + note + "\n";
  return text;
}

}  // namespace

std::string plan_text(const engine::Plan& plan) {
  std::string text = "cause: " + plan.cause + "\n";
  if (!plan.rule.empty()) text += "rule: " + plan.rule + "\n";
  for (const auto& step : plan.first_aid) text += step_text(step, "first aid: ");
  for (std::size_t i = 0; i < plan.attempts.size(); ++i) {
    text += attempt_text(plan.attempts[i], i + 1);
  }
  for (const auto& refused : plan.refused) {
    text += "refused: " + refused.remedy + ": " + refused.because +
            (refused.by_rail ? "  [" + refused.pass + "]" : "") + "\n";
  }
  for (const auto& advice : plan.advice) text += "advice: " + advice + "\n";
  return text;
}

engine::Plan plan_for(const engine::Bundle& bundle, const policy::Policy& policy, Risk allowed) {
  const auto& instance = *bundle.targets.front().instance;
  return engine::make_plan({.instance = instance.endpoint,
                            .facts = instance.observation.facts,
                            .diagnosis = instance.diagnosis,
                            .forecast = instance.observation.forecast,
                            .policy = policy,
                            .root = bundle.root,
                            .allowed = allowed});
}

policy::Policy parsed(std::string_view text, std::string_view file) {
  auto loaded = policy::parse_policy(text, file, remediations::remedy_declarations());
  if (auto* policy = std::get_if<policy::Policy>(&loaded)) return std::move(*policy);
  std::string mistakes;
  for (const auto& error : std::get<std::vector<policy::PolicyError>>(loaded)) {
    mistakes += to_string(error) + "\n";
  }
  throw std::runtime_error(mistakes);
}

}  // namespace forkmend::testing
