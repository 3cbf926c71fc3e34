// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/step_json.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <utility>

#include "engine/json_fields.hpp"

namespace forkmend::engine {

namespace json = boost::json;
using remediations::Step;
using remediations::Target;

namespace {

json::value optional_to_json(const std::optional<std::string>& text) {
  return text ? text_to_json(*text) : json::value(nullptr);
}

/// JSON has no infinity: such a number becomes {"number": "inf"}.
json::value effect_to_json(const FactValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text_to_json(*text);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  const double number = std::get<double>(value);
  if (std::isfinite(number)) return number;
  return json::object{{"number", std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf"}};
}

std::optional<FactValue> special_number(const json::value& value) {
  const json::object* object = value.if_object();
  const json::value* name = object != nullptr ? object->if_contains("number") : nullptr;
  if (name == nullptr) return std::nullopt;
  if (*name == "nan") return std::nan("");
  if (*name == "inf") return HUGE_VAL;
  if (*name == "-inf") return -HUGE_VAL;
  return std::nullopt;
}

std::optional<FactValue> effect_from_json(const json::value& value) {
  if (const auto* flag = value.if_bool()) return *flag;
  if (const auto* integer = value.if_int64()) return *integer;
  if (const auto* number = value.if_double()) return *number;
  if (auto special = special_number(value)) return special;
  auto text = text_from_json(value);
  if (!text) return std::nullopt;
  return FactValue(*std::move(text));
}

void write_target(json::object& out, const Target& target) {
  out["type"] = std::string(to_string(target.type));
  out["target"] = text_to_json(to_string(target));
  out["name"] = text_to_json(target.name);
  if (target.pid != 0) out["pid"] = target.pid;
  if (target.process_start != 0) out["process_start"] = target.process_start;
  if (!target.endpoint.empty()) out["endpoint"] = text_to_json(target.endpoint);
  if (!target.run_id.empty()) out["run_id"] = text_to_json(target.run_id);
  if (!target.afterwards.empty()) out["afterwards"] = text_to_json(target.afterwards);
  if (!target.commands.empty()) out["commands"] = text_to_json(target.commands);
  if (!target.file.empty()) out["file"] = text_to_json(target.file);
  if (target.owner != 0) out["owner"] = target.owner;
  if (target.may_evict) out["may_evict"] = true;
  if (target.holder != 0) out["holder"] = target.holder;
}

void read_target(JsonFields& fields, Target& target) {
  std::string type;
  fields.require("type", type);
  if (const auto known = remediations::parse_step_type(type)) {
    target.type = *known;
  } else {
    fields.fail("type", "a step type");
  }
  fields.require("name", target.name);
  fields.read("pid", target.pid);
  fields.read("process_start", target.process_start);
  fields.read("endpoint", target.endpoint);
  fields.read("run_id", target.run_id);
  fields.read("afterwards", target.afterwards);
  fields.read("commands", target.commands);
  fields.read("file", target.file);
  fields.read("owner", target.owner);
  fields.read("may_evict", target.may_evict);
  fields.read("holder", target.holder);
}

void read_costs(JsonFields& fields, Step& step) {
  std::string scope;
  std::string risk;
  fields.require("scope", scope);
  fields.require("risk", risk);
  const auto known_risk = parse_risk(risk);
  if (!known_risk) fields.fail("risk", "a risk");
  step.risk = known_risk.value_or(Risk::lossy);
  constexpr std::array kScopes = {Scope::instance, Scope::process, Scope::cgroup,
                                  Scope::host,     Scope::any,     Scope::advice};
  for (const Scope candidate : kScopes) {
    if (scope != to_string(candidate)) continue;
    step.scope = candidate;
    return;
  }
  fields.fail("scope", "a scope");
}

void read_effects(JsonFields& fields, Step& step) {
  const json::value* effects = fields.find("effects");
  if (effects == nullptr) return;
  if (!effects->is_object()) return fields.fail("effects", "an object");
  for (const auto& member : effects->get_object()) {
    auto value = effect_from_json(member.value());
    if (!value) return fields.fail("effects", "facts with their values");
    step.effects.emplace(member.key(), *std::move(value));
  }
}

}  // namespace

json::object step_to_json(const Step& step) {
  json::object out;
  out["remedy"] = text_to_json(step.remedy);
  write_target(out, step.target);
  out["before"] = optional_to_json(step.before);
  out["after"] = optional_to_json(step.after);
  out["scope"] = std::string(to_string(step.scope));
  out["risk"] = std::string(to_string(step.risk));
  out["needs_root"] = step.needs_root;
  out["shell"] = text_to_json(step.shell);
  out["undo"] = text_to_json(step.undo_shell);
  out["why"] = text_to_json(step.why);
  if (step.lease != 0) out["lease"] = step.lease;
  json::object effects;
  for (const auto& [fact, value] : step.effects) effects[fact] = effect_to_json(value);
  out["effects"] = std::move(effects);
  return out;
}

Result<Step> step_from_json(const json::value& value) {
  Step step;
  JsonFields fields(value);
  fields.require("remedy", step.remedy);
  read_target(fields, step.target);
  fields.read("before", step.before);
  fields.read("after", step.after);
  read_costs(fields, step);
  fields.read("needs_root", step.needs_root);
  fields.read("shell", step.shell);
  fields.read("undo", step.undo_shell);
  fields.read("why", step.why);
  fields.read("lease", step.lease);
  read_effects(fields, step);
  const auto outcome = fields.outcome();
  if (!outcome) return outcome.error().during("reading a step");
  return step;
}

}  // namespace forkmend::engine
