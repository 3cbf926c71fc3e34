// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/spec_sheet.hpp"

#include <cstdint>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::size_t kColumns = 80;

/// Words in lines of at most kColumns, each indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::string line;
  for (const std::string_view word : split_blanks(text)) {
    if (!line.empty() && indent + line.size() + 1 + word.size() > kColumns) {
      out += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) out += std::string(indent, ' ') + line + "\n";
  return out;
}

std::string section(std::string_view title, std::string_view text) {
  return "\n" + std::string(title) + "\n" + wrapped(text, 2);
}

std::string_view type_name(policy::ParameterType type) {
  using policy::ParameterType;
  switch (type) {
    case ParameterType::integer:
      return "a whole number";
    case ParameterType::size:
      return "a size";
    case ParameterType::duration:
      return "a duration";
    case ParameterType::percent:
      return "a percentage";
    case ParameterType::text:
      return "a text";
    case ParameterType::boolean:
      return "true or false";
    case ParameterType::choice:
      return "one of";
    case ParameterType::list:
      return "a list of texts";
  }
  return "?";
}

std::string bound(policy::ParameterType type, std::int64_t value) {
  if (type == policy::ParameterType::size) return format_size(value);
  if (type == policy::ParameterType::duration) {
    return format_duration(std::chrono::milliseconds(value));
  }
  return format_count(value);
}

std::string values_of(const policy::ParameterSpec& parameter) {
  std::string text(type_name(parameter.type));
  const std::vector<std::string> choices(parameter.choices.begin(), parameter.choices.end());
  if (!choices.empty()) text += " " + join(choices, ", ");
  if (parameter.takes_auto) text += " or auto";
  if (parameter.minimum != INT64_MIN) {
    text += ", at least " + bound(parameter.type, parameter.minimum);
  }
  if (parameter.maximum != INT64_MAX) {
    text += ", at most " + bound(parameter.type, parameter.maximum);
  }
  if (parameter.required) return text + "; required";
  const std::string default_value(parameter.default_value);
  return text + "; default " + (default_value.empty() ? "\"\"" : default_value);
}

std::string parameters_of(const RemediationSpec& spec) {
  if (spec.parameters.empty()) return section("Parameters", "none");
  std::string text = "\nParameters\n";
  for (const policy::ParameterSpec& parameter : spec.parameters) {
    text += wrapped(std::string(parameter.name) + ": " + values_of(parameter), 2);
    text += wrapped(parameter.help, 4);
  }
  return text;
}

}  // namespace

std::string describe(const RemediationSpec& spec) {
  const std::vector<std::string> causes(spec.causes.begin(), spec.causes.end());
  std::string text = wrapped(std::string(spec.id) + ": " + std::string(spec.summary), 0);
  text += section("Symptom", spec.symptom);
  text += section("What it changes", spec.changes);
  text += section("Risk", std::string(to_string(spec.risk)) +
                              " (scope: " + std::string(to_string(spec.scope)) +
                              "): " + std::string(spec.risk_note));
  text += section("Undo by hand", spec.undo_by_hand);
  text += section(spec.mitigates ? "Bridges, ends mitigated" : "Cures",
                  causes.empty() ? "no cause of its own" : join(causes, ", "));
  text += parameters_of(spec);
  return text;
}

std::string remedies_table() {
  std::string table = "| id | scope | risk | what it does | cures |\n|---|---|---|---|---|\n";
  for (const RemediationSpec* spec : registry()) {
    std::vector<std::string> causes;
    for (const std::string_view cause : spec->causes)
      causes.push_back("`" + std::string(cause) + "`");
    table += "| `" + std::string(spec->id) + "` | " + std::string(to_string(spec->scope)) + " | " +
             std::string(to_string(spec->risk)) + " | " + std::string(spec->summary) + " | " +
             join(causes, ", ") + " |\n";
  }
  return table;
}

}  // namespace forkmend::remediations
