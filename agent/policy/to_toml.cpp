// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"
#include "policy/names.hpp"
#include "policy/parameter_value.hpp"
#include "policy/policy.hpp"
#include "policy/read_waiver.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

namespace {

template <class Range, class Function>
std::string list_of(const Range& values, Function write) {
  std::vector<std::string> items;
  items.reserve(values.size());
  for (const auto& value : values) items.push_back(toml_string(write(value)));
  return "[" + join(items, ", ") + "]";
}

std::string strings(const std::vector<std::string>& texts) {
  return list_of(texts, [](const std::string& text) { return text; });
}

void line(std::string& out, std::string_view key, std::string_view value) {
  out.append(key).append(" = ").append(value).append("\n");
}

std::string quoted_duration(std::chrono::milliseconds duration) {
  return toml_string(exact_duration(duration));
}

/// A key that TOML takes bare.
std::string key_of(std::string_view name) {
  constexpr std::string_view kBare =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const bool bare = !name.empty() && name.find_first_not_of(kBare) == std::string_view::npos;
  return bare ? std::string(name) : toml_string(name);
}

std::string choice(const RemedyChoice& remedy) {
  std::vector<std::string> parts = {"remedy = " + toml_string(remedy.remedy)};
  if (remedy.risk) parts.push_back("risk = " + toml_string(to_string(*remedy.risk)));
  for (const auto& [name, value] : remedy.parameters.all()) {
    const auto written = remedy.written.find(name);
    // A choice that was not parsed has no declaration: its value's own type has to do.
    const std::string text =
        written != remedy.written.end()
            ? written->second
            : write_parameter(ParameterSpec{.type = ParameterType::integer}, value);
    parts.push_back(key_of(name) + " = " + text);
  }
  return parts.size() == 1 ? toml_string(remedy.remedy) : "{ " + join(parts, ", ") + " }";
}

void choices(std::string& out, std::string_view key, const std::vector<RemedyChoice>& remedies) {
  if (remedies.size() < 2) {
    line(out, key, remedies.empty() ? "[]" : "[" + choice(remedies.front()) + "]");
    return;
  }
  out.append(key).append(" = [\n");
  for (const RemedyChoice& remedy : remedies) out.append("  " + choice(remedy) + ",\n");
  out += "]\n";
}

std::string quoted_percent(std::int64_t percent) {
  return toml_string(std::to_string(percent) + "%");
}

template <class T, class Write>
std::string limit(std::string_view key, const std::optional<T>& value, Write write) {
  return std::string(key) + " = " + (value ? write(*value) : toml_string("off"));
}

std::string limits(const PutOffAbove& above) {
  const auto number = [](std::int64_t count) { return std::to_string(count); };
  return "{ " + limit("changes_per_second", above.changes_per_second, number) + ", " +
         limit("fork_time", above.fork_time, quoted_duration) + ", " +
         limit("copied_of_free", above.copied_of_free, quoted_percent) + " }";
}

std::string limits(const AbortAbove& above) {
  return "{ " + limit("copied_of_free", above.copied_of_free, quoted_percent) + ", " +
         limit("answer_time", above.answer_time, quoted_duration) + ", " +
         limit("memory_pressure", above.memory_pressure, quoted_percent) + ", " +
         limit("io_pressure", above.io_pressure, quoted_percent) + " }";
}

void write_rails(std::string& out, const Rails& rails) {
  out += "\n[rails]\n";
  line(out, "max_risk", toml_string(to_string(rails.max_risk)));
  line(out, "cooldown", quoted_duration(rails.cooldown));
  line(out, "max_incidents_per_hour", std::to_string(rails.max_incidents_per_hour));
  line(out, "same_cause_limit", std::to_string(rails.same_cause_limit));
  line(out, "verify_timeout",
       rails.verify_timeout ? quoted_duration(*rails.verify_timeout) : "\"auto\"");
  line(out, "put_off_above", limits(rails.put_off_above));
  line(out, "abort_above", limits(rails.abort_above));
  line(out, "stable_after", quoted_duration(rails.stable_after));
  line(out, "stable_saves", std::to_string(rails.stable_saves));
  line(out, "windows", list_of(rails.windows, [](const Window& window) { return window.text; }));
  line(out, "deny", strings(rails.deny));
  line(out, "keep_strict_overcommit", rails.keep_strict_overcommit ? "true" : "false");
}

void write_conditions(std::string& out, const std::vector<Condition>& conditions) {
  if (conditions.size() == 1) {
    line(out, "when", strings({conditions.front().text}));
    return;
  }
  out += "when = [\n";
  for (const Condition& condition : conditions) out += "  " + toml_string(condition.text) + ",\n";
  out += "]\n";
}

void write_rule(std::string& out, const Rule& rule) {
  out += "\n[[rule]]\n";
  line(out, "name", toml_string(rule.name));
  line(out, "on", list_of(rule.on, [](Trigger trigger) { return to_string(trigger); }));
  if (!rule.causes.empty()) line(out, "cause", strings(rule.causes));
  if (!rule.first_aid.empty()) choices(out, "first_aid", rule.first_aid);
  if (!rule.when.empty()) write_conditions(out, rule.when);
  choices(out, "try", rule.attempts);
  line(out, "order", toml_string(to_string(rule.order)));
  line(out, "persist", toml_string(to_string(rule.persist)));
}

void write_waiver(std::string& out, const Waiver& waiver) {
  out += "\n[[waiver]]\n";
  line(out, "finding", toml_string(waiver.finding));
  if (!waiver.instance.empty()) line(out, "instance", toml_string(waiver.instance));
  line(out, "reason", toml_string(waiver.reason));
  line(out, "until", toml_string(to_string(waiver.until)));
}

}  // namespace

std::string to_toml(const Policy& policy) {
  std::string out;
  line(out, "schema", "1");
  line(out, "mode", toml_string(to_string(policy.mode)));
  write_rails(out, policy.rails);
  for (const Rule& rule : policy.rules) write_rule(out, rule);
  for (const Waiver& waiver : policy.waivers) write_waiver(out, waiver);
  return out;
}

}  // namespace forkmend::policy
