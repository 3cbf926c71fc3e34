// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/rule_reader.hpp"

#include "base/text.hpp"

namespace forkmend::forecast {

void RuleReader::record(std::string_view name) {
  const Fact* fact = facts_.find(name);
  inputs_.insert_or_assign(std::string(name),
                           fact != nullptr ? forkmend::to_string(*fact) : "unknown");
}

std::optional<std::int64_t> RuleReader::look(std::string_view name) {
  record(name);
  return facts_.integer(name);
}

std::optional<bool> RuleReader::look_flag(std::string_view name) {
  record(name);
  return facts_.flag(name);
}

std::optional<std::string> RuleReader::look_text(std::string_view name) {
  record(name);
  return facts_.text(name);
}

std::optional<std::int64_t> RuleReader::need(std::string_view name) {
  const auto value = look(name);
  if (!value) miss(name);
  return value;
}

std::optional<std::int64_t> RuleReader::need_or_none(std::string_view name) {
  if (!absent(name)) return need(name);
  record(name);
  return 0;
}

std::optional<KernelVersion> RuleReader::kernel() {
  const auto release = look_text("host.kernel_release");
  return release ? parse_kernel_version(*release) : std::nullopt;
}

bool RuleReader::absent(std::string_view name) const {
  const Fact* fact = facts_.find(name);
  return fact != nullptr && fact->state == FactState::not_applicable;
}

void RuleReader::derive(std::string_view name, std::int64_t value) {
  inputs_.insert_or_assign(std::string(name), forkmend::to_string(FactValue(value)));
}

void RuleReader::miss(std::string_view name) {
  const Fact* fact = facts_.find(name);
  std::string text(name);
  text.append(" is ").append(
      forkmend::to_string(fact != nullptr ? fact->state : FactState::unknown));
  if (fact != nullptr && fact->state == FactState::value) text.append(" of another type");
  if (fact != nullptr && !fact->reason.empty()) {
    text.append(" (").append(printable(fact->reason)).append(")");
  }
  missing_.push_back(text);
}

std::string RuleReader::what_lacks() const {
  return "Cannot be told: " + join_words(missing_) + ".";
}

RuleForecast RuleReader::unknown(std::string_view id, int refusal_errno) const {
  RuleForecast rule;
  rule.id = id;
  rule.verdict = Verdict::unknown;
  rule.refusal_errno = refusal_errno;
  rule.inputs = inputs_;
  rule.says = what_lacks();
  return rule;
}

RuleForecast RuleReader::admitted(std::string_view id, int refusal_errno,
                                  std::string_view says) const {
  RuleForecast rule;
  rule.id = id;
  rule.verdict = Verdict::admitted;
  rule.refusal_errno = refusal_errno;
  rule.inputs = inputs_;
  rule.says = says;
  return rule;
}

}  // namespace forkmend::forecast
