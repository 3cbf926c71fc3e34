// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/condition.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/fact_catalog.hpp"
#include "base/text.hpp"
#include "policy/literal.hpp"
#include "policy/pattern.hpp"

namespace forkmend::policy {

namespace {

struct Spelling {
  std::string_view text;
  CompareOp op;
};

constexpr std::array<Spelling, 8> kOperators = {{
    {"==", CompareOp::equal},
    {"!=", CompareOp::not_equal},
    {"<", CompareOp::less},
    {"<=", CompareOp::less_equal},
    {">", CompareOp::greater},
    {">=", CompareOp::greater_equal},
    {"in", CompareOp::in},
    {"matches", CompareOp::matches},
}};

/// What other languages write.
constexpr std::array<Spelling, 8> kForeign = {{
    {"=", CompareOp::equal},
    {"is", CompareOp::equal},
    {"<>", CompareOp::not_equal},
    {"=<", CompareOp::less_equal},
    {"=>", CompareOp::greater_equal},
    {"=~", CompareOp::matches},
    {"~", CompareOp::matches},
    {"contains", CompareOp::matches},
}};

constexpr std::string_view kForm = "FACT OPERATOR VALUE, such as \"host.overcommit_memory == 2\"";
constexpr std::string_view kSymbols = "=!<>~";

using Compiled = std::variant<Condition, std::string>;

struct Parts {
  std::string_view fact;
  std::string_view op;
  std::string_view value;
};

Parts split_parts(std::string_view text) {
  Parts parts;
  text = trim(text);
  const std::size_t fact_end = std::min(text.find_first_of(" \t=!<>~"), text.size());
  parts.fact = text.substr(0, fact_end);
  text = trim(text.substr(fact_end));
  const bool symbol = !text.empty() && kSymbols.find(text.front()) != std::string_view::npos;
  const std::size_t op_end = symbol ? text.find_first_not_of(kSymbols)  //
                                    : text.find_first_of(" \t[\"'");
  parts.op = text.substr(0, op_end);
  parts.value = trim(text.substr(std::min(op_end, text.size())));
  return parts;
}

std::optional<CompareOp> find_operator(std::string_view text) {
  const auto* found = std::ranges::find(kOperators, text, &Spelling::text);
  return found != kOperators.end() ? std::optional(found->op) : std::nullopt;
}

Complaint unknown_operator(std::string_view text) {
  const auto* foreign = std::ranges::find(kForeign, text, &Spelling::text);
  std::optional<std::string> meant;
  if (foreign != kForeign.end()) meant = quoted(to_string(foreign->op));
  return {"unknown operator " + quoted(text), "==, !=, <, <=, >, >=, in or matches", meant};
}

/// Operators that make no sense for the kind of fact.
std::optional<Complaint> wrong_operator(const Parts& parts, CompareOp op, Measure measure) {
  const bool orders = op == CompareOp::less || op == CompareOp::less_equal ||
                      op == CompareOp::greater || op == CompareOp::greater_equal;
  const std::string wrong = "operator " + std::string(parts.op) + " does not fit " +
                            std::string(parts.fact) + ", which is ";
  if (measure == Measure::flag && op != CompareOp::equal && op != CompareOp::not_equal) {
    return Complaint{wrong + "true or false", "== or !="};
  }
  if (measure == Measure::text && orders) {
    return Complaint{wrong + "a string", "==, !=, in or matches"};
  }
  if (is_numeric(measure) && op == CompareOp::matches) {
    return Complaint{wrong + "a number", "==, !=, <, <=, >, >= or in"};
  }
  return std::nullopt;
}

/// "a and b", "a && b" in one string.
bool joins_conditions(std::string_view value) {
  const bool in_quotes = value.starts_with('"') || value.starts_with('\'');
  const auto words = split_blanks(value);
  return !in_quotes && std::ranges::any_of(words, [](std::string_view word) {
    return word == "and" || word == "or" || word == "&&" || word == "||";
  });
}

std::optional<std::string> add_value(Condition& condition, const Literal& literal,
                                     Measure measure) {
  const bool bare_nothing = literal.text.empty() && !literal.in_quotes;
  auto value = bare_nothing ? std::nullopt : convert(literal, measure);
  if (!value) return to_string(mismatch(literal, condition.fact, measure));
  condition.values.push_back(std::move(*value));
  return std::nullopt;
}

std::optional<std::string> read_list(Condition& condition, std::string_view rest, Measure measure) {
  const auto malformed = [&] {
    return to_string(
        Complaint{"in is followed by " + quoted(rest), "a list in brackets, such as [0, 1]"});
  };
  if (!rest.starts_with('[') || !rest.ends_with(']')) return malformed();
  std::string_view inside = rest.substr(1, rest.size() - 2);
  while (true) {
    const auto literal = take_literal(inside, ",");
    if (!literal || (literal->text.empty() && !literal->in_quotes)) return malformed();
    if (auto problem = add_value(condition, *literal, measure)) return problem;
    if (inside.empty()) return std::nullopt;
    if (!inside.starts_with(',')) return malformed();
    inside.remove_prefix(1);
  }
}

std::optional<std::string> read_pattern(Condition& condition, const Literal& literal) {
  auto pattern = compile_pattern(literal.text);
  if (!pattern) return pattern.error().message;
  condition.pattern = std::move(*pattern);
  condition.values.emplace_back(std::string(literal.text));
  return std::nullopt;
}

std::optional<std::string> read_value(Condition& condition, std::string_view rest,
                                      Measure measure) {
  if (condition.op == CompareOp::in) return read_list(condition, rest, measure);
  const std::string_view whole = rest;
  const auto literal = take_literal(rest, "");
  if (!literal || !rest.empty()) {
    return to_string(Complaint{"the value " + quoted(whole) + " is not closed by its quote",
                               "one value, in single or double quotes"});
  }
  if (condition.op == CompareOp::matches) return read_pattern(condition, *literal);
  if (auto problem = add_value(condition, *literal, measure)) return problem;
  const bool orders = condition.op != CompareOp::equal && condition.op != CompareOp::not_equal;
  if (orders && std::holds_alternative<std::string>(condition.values.front())) {
    return to_string(Complaint{"operator " + std::string(to_string(condition.op)) +
                                   " cannot order the string " + quoted(literal->text),
                               "a number, a size or a duration"});
  }
  return std::nullopt;
}

/// The catalog's "*" stands for a level number in instance.*: "instance.pids.0.max".
const FactInfo* find_fact(std::string_view name) {
  const FactInfo* info = find_fact_info(name);
  if (info == nullptr || name.find('*') != std::string_view::npos) return nullptr;
  if (!info->name.starts_with("instance.")) return info;
  const auto have = split(name, '.');
  const auto want = split(info->name, '.');
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (want[i] == "*" && !parse_integer(have[i])) return nullptr;
  }
  return info;
}

std::optional<std::string> find_problem(std::string_view text, const Parts& parts) {
  if (parts.fact.empty() || parts.op.empty() || (parts.value.empty() && find_operator(parts.op))) {
    const FactInfo* info = parts.op.empty() ? find_fact(parts.fact) : nullptr;
    const bool flag = info != nullptr && measure_of(*info) == Measure::flag;
    return to_string(Complaint{
        "the condition " + quoted(text) + " is incomplete", std::string(kForm),
        flag ? std::optional(quoted(std::string(parts.fact) + " == true")) : std::nullopt});
  }
  if (find_fact(parts.fact) == nullptr) {
    return to_string(Complaint{"unknown fact " + quoted(parts.fact),
                               "a name that `forkmend facts` lists", suggest_fact(parts.fact)});
  }
  if (!find_operator(parts.op)) return to_string(unknown_operator(parts.op));
  if (joins_conditions(parts.value)) {
    return to_string(Complaint{"the condition " + quoted(text) + " joins several",
                               "each of them as an item of its own in when"});
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(CompareOp op) {
  return std::ranges::find(kOperators, op, &Spelling::op)->text;
}

std::optional<std::string> suggest_fact(std::string_view name) {
  std::vector<std::string> names;
  const auto have = split(name, '.');
  for (const FactInfo& info : fact_catalog()) {
    if (info.name.starts_with("redis.")) continue;
    auto parts = split(info.name, '.');
    std::string candidate;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool level = parts[i] == "*";
      const bool given = level && i < have.size() && parse_integer(have[i]);
      if (i > 0) candidate += '.';
      candidate += level ? (given ? have[i] : "0") : parts[i];
    }
    names.push_back(std::move(candidate));
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return suggest(name, views);
}

Compiled compile_condition(std::string_view text) {
  const Parts parts = split_parts(text);
  if (auto problem = find_problem(text, parts)) return std::move(*problem);
  const Measure measure = measure_of(*find_fact(parts.fact));
  Condition condition{
      .text = std::string(text), .fact = std::string(parts.fact), .op = *find_operator(parts.op)};
  if (const auto wrong = wrong_operator(parts, condition.op, measure)) return to_string(*wrong);
  if (auto problem = read_value(condition, parts.value, measure)) return std::move(*problem);
  return condition;
}

}  // namespace forkmend::policy
