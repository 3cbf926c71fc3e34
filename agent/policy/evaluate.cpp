// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <compare>
#include <utility>

#include "base/fact_catalog.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "policy/literal.hpp"
#include "policy/pattern.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {

namespace {

Truth truth(bool holds) {
  return holds ? Truth::yes : Truth::no;
}

/// CONFIG GET answers with text: "1073741824" is a number when it is compared with one.
std::optional<FactValue> as_number(const FactValue& value) {
  if (std::holds_alternative<std::int64_t>(value)) return value;
  if (std::holds_alternative<double>(value)) return value;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  if (const auto whole = parse_integer(*text)) return FactValue(*whole);
  const auto number = parse_number(*text);
  return number ? std::optional<FactValue>(*number) : std::nullopt;
}

double as_double(const FactValue& number) {
  const auto* whole = std::get_if<std::int64_t>(&number);
  return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(number);
}

std::partial_ordering order(const FactValue& have, const FactValue& want) {
  const auto number = as_number(have);
  if (!number || !as_number(want)) return std::partial_ordering::unordered;
  const auto* left = std::get_if<std::int64_t>(&*number);
  const auto* right = std::get_if<std::int64_t>(&want);
  if (left != nullptr && right != nullptr) return *left <=> *right;
  return as_double(*number) <=> as_double(want);
}

Truth equals(const FactValue& have, const FactValue& want) {
  if (const auto* text = std::get_if<std::string>(&want))
    return truth(forkmend::to_string(have) == *text);
  if (const auto* flag = std::get_if<bool>(&want)) {
    const bool* value = std::get_if<bool>(&have);
    return value != nullptr ? truth(*value == *flag) : Truth::unknown;
  }
  const auto ordering = order(have, want);
  return ordering == std::partial_ordering::unordered ? Truth::unknown : truth(ordering == 0);
}

Truth opposite(Truth value) {
  if (value == Truth::unknown) return value;
  return value == Truth::yes ? Truth::no : Truth::yes;
}

Truth ordered(CompareOp op, const FactValue& have, const FactValue& want) {
  const auto ordering = order(have, want);
  if (ordering == std::partial_ordering::unordered) return Truth::unknown;
  if (op == CompareOp::less) return truth(ordering < 0);
  if (op == CompareOp::less_equal) return truth(ordering <= 0);
  if (op == CompareOp::greater) return truth(ordering > 0);
  return truth(ordering >= 0);
}

Truth any_equals(const FactValue& have, const std::vector<FactValue>& values) {
  Truth result = Truth::no;
  for (const FactValue& want : values) {
    const Truth one = equals(have, want);
    if (one == Truth::yes) return one;
    if (one == Truth::unknown) result = one;
  }
  return result;
}

Truth compare(const Condition& condition, const FactValue& have) {
  const FactValue& want = condition.values.front();
  switch (condition.op) {
    case CompareOp::equal:
      return equals(have, want);
    case CompareOp::not_equal:
      return opposite(equals(have, want));
    case CompareOp::less:
    case CompareOp::less_equal:
    case CompareOp::greater:
    case CompareOp::greater_equal:
      return ordered(condition.op, have, want);
    case CompareOp::in:
      return any_equals(have, condition.values);
    case CompareOp::matches:
      return condition.pattern ? find_in(*condition.pattern, forkmend::to_string(have))
                               : Truth::unknown;
  }
  return Truth::unknown;
}

/// The value as a person reads it, with its unit.
std::string shown(const Fact& fact) {
  const auto* whole = std::get_if<std::int64_t>(&fact.value);
  if (whole != nullptr && fact.unit == "bytes") return format_size(*whole);
  if (whole != nullptr && *whole != kUnlimited && fact.unit == "KiB") {
    return forkmend::to_string(fact.value) + " KiB";
  }
  if (whole != nullptr && fact.unit == "seconds") return forkmend::to_string(fact.value) + " s";
  if (whole != nullptr && fact.unit == "percent") return forkmend::to_string(fact.value) + "%";
  if (std::holds_alternative<std::string>(fact.value))
    return quoted(forkmend::to_string(fact.value));
  return forkmend::to_string(fact.value);
}

std::string why_missing(const Fact* fact) {
  if (fact == nullptr) return "nobody looked";
  const std::string state(to_string(fact->state));
  return fact->reason.empty() ? state : state + ", " + printable(fact->reason, 200);
}

}  // namespace

Truth evaluate(const Condition& condition, const FactSet& facts) {
  const Fact* fact = facts.find(condition.fact);
  if (fact == nullptr || fact->state != FactState::value) return Truth::unknown;
  return condition.values.empty() ? Truth::unknown : compare(condition, fact->value);
}

std::string explain(const Condition& condition, const FactSet& facts) {
  const std::string text = printable(condition.text, 200);
  const Fact* fact = facts.find(condition.fact);
  if (fact == nullptr || fact->state != FactState::value) {
    return text + " is unknown: " + why_missing(fact);
  }
  switch (evaluate(condition, facts)) {
    case Truth::yes:
      return text + " holds: it is " + shown(*fact);
    case Truth::no:
      return text + " does not hold: it is " + shown(*fact);
    case Truth::unknown:
      break;
  }
  return text + " is unknown: " + shown(*fact) + " cannot be compared with it";
}

}  // namespace forkmend::policy
