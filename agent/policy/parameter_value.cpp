// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/parameter_value.hpp"

#include <algorithm>
#include <cassert>

#include "base/text.hpp"
#include "base/units.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

namespace {

constexpr std::string_view kAuto = "auto";
constexpr std::string_view kUnlimitedWord = "unlimited";

bool takes_unlimited(const ParameterSpec& spec) {
  const bool amount = spec.type == ParameterType::integer || spec.type == ParameterType::size;
  return amount && spec.maximum == INT64_MAX;
}

/// The amount behind a TOML value, before the range is looked at.
std::optional<std::int64_t> read_amount(const ParameterSpec& spec, const Node& node) {
  const bool number = node.kind == Node::Kind::integer;
  const bool text = node.kind == Node::Kind::text;
  if (text && node.text == kUnlimitedWord && takes_unlimited(spec)) return kUnlimited;
  switch (spec.type) {
    case ParameterType::integer:
      return number ? std::optional(node.integer) : std::nullopt;
    case ParameterType::size: {
      if (number) return node.integer;
      const auto size = parse_size(text ? node.text : "");
      return size ? std::optional(*size) : std::nullopt;
    }
    case ParameterType::duration: {
      // A bare number has no unit: it is refused rather than guessed.
      const auto duration = parse_duration(text ? node.text : "");
      return duration ? std::optional<std::int64_t>(duration->count()) : std::nullopt;
    }
    case ParameterType::percent:
      if (number) return node.integer;
      return text ? parse_percent(node.text) : std::nullopt;
    case ParameterType::text:
    case ParameterType::boolean:
    case ParameterType::choice:
    case ParameterType::list:
      break;
  }
  return std::nullopt;
}

/// A NUL would cut a value short at the first system call.
bool is_plain_text(const Node& node) {
  return node.kind == Node::Kind::text && node.text.find('\0') == std::string::npos;
}

std::optional<ParameterValue> read_list(const Node& node) {
  const bool strings = std::ranges::all_of(node.items, is_plain_text);
  if (node.kind != Node::Kind::list || node.items.empty() || !strings) return std::nullopt;
  std::vector<std::string> texts;
  texts.reserve(node.items.size());
  for (const Node& item : node.items) texts.push_back(item.text);
  return texts;
}

std::optional<ParameterValue> read_plain(const ParameterSpec& spec, const Node& node) {
  const bool text = node.kind == Node::Kind::text;
  switch (spec.type) {
    case ParameterType::text:
      if (is_plain_text(node)) return node.text;
      return std::nullopt;
    case ParameterType::list:
      return read_list(node);
    case ParameterType::boolean:
      if (node.kind == Node::Kind::boolean) return node.flag;
      return std::nullopt;
    case ParameterType::choice:
      if (text && std::ranges::find(spec.choices, node.text) != spec.choices.end()) {
        return node.text;
      }
      return std::nullopt;
    case ParameterType::integer:
    case ParameterType::size:
    case ParameterType::duration:
    case ParameterType::percent:
      break;
  }
  const auto amount = read_amount(spec, node);
  // Of the amounts only a plain integer may be below zero.
  const bool negative = amount && *amount < 0 && spec.type != ParameterType::integer;
  if (!amount || negative || *amount < spec.minimum || *amount > spec.maximum) return std::nullopt;
  return *amount;
}

std::string exact_size(std::int64_t bytes) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> kUnits = {{
      {std::int64_t{1} << 40U, "TiB"},
      {std::int64_t{1} << 30U, "GiB"},
      {std::int64_t{1} << 20U, "MiB"},
      {std::int64_t{1} << 10U, "KiB"},
  }};
  for (const auto& [factor, unit] : kUnits) {
    if (bytes != 0 && bytes % factor == 0) return std::to_string(bytes / factor).append(unit);
  }
  return std::to_string(bytes) + "B";
}

std::string write_amount(ParameterType type, std::int64_t value) {
  if (type == ParameterType::size) {
    return quoted(value == kUnlimited ? std::string(kUnlimitedWord) : exact_size(value));
  }
  if (type == ParameterType::duration) {
    return quoted(exact_duration(std::chrono::milliseconds(value)));
  }
  if (type == ParameterType::percent) return quoted(std::to_string(value) + "%");
  return value == kUnlimited ? quoted(kUnlimitedWord) : std::to_string(value);
}

std::string kind_phrase(const ParameterSpec& spec) {
  switch (spec.type) {
    case ParameterType::integer:
      return "a whole number";
    case ParameterType::size:
      return "a size such as \"64MiB\"";
    case ParameterType::duration:
      return "a duration such as \"10m\"";
    case ParameterType::percent:
      return "a percentage such as \"50%\"";
    case ParameterType::text:
      return "a string";
    case ParameterType::boolean:
      return "true or false";
    case ParameterType::choice:
      return alternatives(spec.choices);
    case ParameterType::list:
      return "a list of one or more strings";
  }
  return "?";
}

std::optional<std::string> meant_by(const ParameterSpec& spec, const Node& node) {
  if (node.kind == Node::Kind::integer && spec.type == ParameterType::duration &&
      node.integer >= 0) {
    return quoted(std::to_string(node.integer) + "s");
  }
  if (node.kind != Node::Kind::text) return std::nullopt;
  if (spec.type == ParameterType::integer && parse_integer(node.text)) return node.text;
  std::vector<std::string_view> words(spec.choices.begin(), spec.choices.end());
  if (spec.takes_auto) words.push_back(kAuto);
  return suggest(node.text, words);
}

/// What is wrong with a list, at the item where it is.
void report_list(const ParameterSpec& spec, const Node& node, Issues& issues) {
  const std::string name(spec.name);
  if (node.items.empty()) issues.add(node.at, {name + " is an empty list", expectation(spec)});
  for (const Node& item : node.items) {
    if (is_plain_text(item)) continue;
    issues.add(item.at, {"an item of " + name + " is " + describe(item), "a string"});
  }
}

}  // namespace

std::optional<std::int64_t> parse_percent(std::string_view text) {
  text = trim(text);
  if (!text.ends_with('%')) return std::nullopt;
  return parse_integer(trim(text.substr(0, text.size() - 1)));
}

std::string expectation(const ParameterSpec& spec) {
  std::string text = kind_phrase(spec);
  const bool low = spec.minimum != INT64_MIN;
  const bool high = spec.maximum != INT64_MAX;
  const std::string comma = spec.type == ParameterType::integer ? "" : ",";
  if (low || high) text += comma;
  if (low && high) {
    text += " from " + write_amount(spec.type, spec.minimum) + " to " +
            write_amount(spec.type, spec.maximum);
  } else if (low) {
    text += " of at least " + write_amount(spec.type, spec.minimum);
  } else if (high) {
    text += " of at most " + write_amount(spec.type, spec.maximum);
  }
  if (spec.takes_auto) text += ((low || high) ? comma : "") + " or \"auto\"";
  return text;
}

std::optional<ParameterValue> read_parameter(const ParameterSpec& spec, const Node& node,
                                             Issues& issues) {
  const bool says_auto = node.kind == Node::Kind::text && node.text == kAuto;
  if (says_auto && spec.takes_auto) return Auto{};
  auto value = read_plain(spec, node);
  if (!value && spec.type == ParameterType::list && node.kind == Node::Kind::list) {
    report_list(spec, node, issues);
  } else if (!value) {
    issues.add(node.at, {std::string(spec.name) + " is " + describe(node), expectation(spec),
                         meant_by(spec, node)});
  }
  return value;
}

std::string write_parameter(const ParameterSpec& spec, const ParameterValue& value) {
  if (std::holds_alternative<Auto>(value)) return quoted(kAuto);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return toml_string(*text);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    std::vector<std::string> items;
    items.reserve(texts->size());
    for (const std::string& item : *texts) items.push_back(toml_string(item));
    return "[" + join(items, ", ") + "]";
  }
  return write_amount(spec.type, std::get<std::int64_t>(value));
}

Parameters default_parameters(std::span<const ParameterSpec> specs) {
  Parameters parameters;
  for (const ParameterSpec& spec : specs) {
    if (spec.default_value.empty() && spec.type != ParameterType::text) continue;
    Node node{.kind = Node::Kind::text, .text = std::string(spec.default_value)};
    const auto number = parse_integer(spec.default_value);
    if (spec.type == ParameterType::boolean) {
      node.kind = Node::Kind::boolean;
      node.flag = spec.default_value == "true";
    } else if (number && spec.type != ParameterType::text && spec.type != ParameterType::choice) {
      node.kind = Node::Kind::integer;
      node.integer = *number;
    }
    Issues issues("");
    const auto value = read_parameter(spec, node, issues);
    assert(value && "a remedy declares a default that its own parameter refuses");
    if (value) parameters.set(spec.name, *value);
  }
  return parameters;
}

}  // namespace forkmend::policy
