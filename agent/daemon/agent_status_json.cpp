// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/text.hpp"
#include "base/units.hpp"
#include "daemon/agent_status.hpp"
#include "engine/json_fields.hpp"

namespace forkmend::daemon {

namespace json = boost::json;

namespace {

using engine::JsonFields;

constexpr std::array<std::string_view, 3> kStateWords = {"ok", "failing", "unreachable"};

json::value time_value(const std::optional<WallTime>& time) {
  return time ? json::value(format_time(*time)) : json::value();
}

json::array texts(const std::vector<std::string>& lines) {
  json::array all;
  all.reserve(lines.size());
  for (const auto& line : lines) all.emplace_back(printable(line, 2000));
  return all;
}

json::object gate_object(const engine::GateResult& gate) {
  return {{"gate", gate.gate},
          {"because", printable(gate.because)},
          {"override", gate.override_name},
          {"pass", printable(gate.pass)}};
}

json::value risk_value(const std::optional<DataAtRisk>& risk) {
  if (!risk) return nullptr;
  return json::object{
      {"seconds", risk->seconds}, {"changes", risk->changes}, {"in_aof", risk->in_aof}};
}

json::value headroom_value(const std::optional<Headroom>& headroom) {
  if (!headroom) return nullptr;
  return json::object{{"verdict", headroom->verdict},
                      {"rule", headroom->rule},
                      {"margin", headroom->margin ? json::value(*headroom->margin) : json::value()},
                      {"unit", headroom->unit}};
}

json::value reload_value(const std::optional<ReloadStatus>& reload) {
  if (!reload) return nullptr;
  return json::object{
      {"at", format_time(reload->at)}, {"applied", reload->applied}, {"says", texts(reload->says)}};
}

json::object instance_object(const InstanceStatus& instance) {
  return {{"endpoint", printable(instance.endpoint)},
          {"pid", instance.pid},
          {"server", printable(instance.server)},
          {"role", printable(instance.role)},
          {"state", to_string(instance.state)},
          {"cause", printable(instance.cause)},
          {"says", printable(instance.says)},
          {"last_save", time_value(instance.last_save)},
          {"at_risk", risk_value(instance.at_risk)},
          {"headroom", headroom_value(instance.headroom)},
          {"incident", printable(instance.incident)},
          {"incident_state", printable(instance.incident_state)},
          {"plan", printable(instance.plan)},
          {"seen_at", format_time(instance.seen_at)}};
}

void read_time(JsonFields& fields, std::string_view key, WallTime& out) {
  std::string text;
  fields.require(key, text);
  const auto time = parse_time(text);
  if (time) {
    out = *time;
  } else {
    fields.fail(key, "a time such as 2026-11-25T03:04:05Z");
  }
}

void read_texts(JsonFields& fields, std::string_view key, std::vector<std::string>& out) {
  const json::value* value = fields.find(key);
  const json::array* list = value != nullptr ? value->if_array() : nullptr;
  if (list == nullptr) return fields.fail(key, "a list of strings");
  for (const auto& item : *list) {
    const auto* text = item.if_string();
    if (text == nullptr) return fields.fail(key, "a list of strings");
    out.emplace_back(*text);
  }
}

/// A member that may be null; nullptr when it is, or absent.
const json::value* present(JsonFields& fields, std::string_view key) {
  const json::value* value = fields.find(key);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

Result<engine::GateResult> read_gate(const json::value& value) {
  engine::GateResult gate;
  JsonFields fields(value);
  fields.require("gate", gate.gate);
  fields.read("because", gate.because);
  fields.read("override", gate.override_name);
  fields.read("pass", gate.pass);
  if (const auto outcome = fields.outcome(); !outcome) return outcome.error();
  return gate;
}

void read_risk(JsonFields& outer, std::optional<DataAtRisk>& out) {
  const json::value* value = present(outer, "at_risk");
  if (value == nullptr) return;
  out.emplace();
  JsonFields fields(*value);
  fields.read("seconds", out->seconds);
  fields.read("changes", out->changes);
  fields.read("in_aof", out->in_aof);
  outer.take(fields.outcome());
}

void read_headroom(JsonFields& outer, std::optional<Headroom>& out) {
  const json::value* value = present(outer, "headroom");
  if (value == nullptr) return;
  out.emplace();
  JsonFields fields(*value);
  fields.require("verdict", out->verdict);
  fields.read("rule", out->rule);
  fields.read("unit", out->unit);
  if (present(fields, "margin") != nullptr) fields.read("margin", out->margin.emplace());
  outer.take(fields.outcome());
}

void read_reload(JsonFields& outer, std::optional<ReloadStatus>& out) {
  const json::value* value = present(outer, "reload");
  if (value == nullptr) return;
  out.emplace();
  JsonFields fields(*value);
  read_time(fields, "at", out->at);
  fields.read("applied", out->applied);
  read_texts(fields, "says", out->says);
  outer.take(fields.outcome());
}

void read_state(JsonFields& fields, InstanceState& out) {
  std::string word;
  fields.require("state", word);
  for (std::size_t i = 0; i < kStateWords.size(); ++i) {
    if (kStateWords.at(i) == word) {
      out = static_cast<InstanceState>(i);
      return;
    }
  }
  fields.fail("state", "ok, failing or unreachable");
}

Result<InstanceStatus> read_instance_status(const json::value& value) {
  InstanceStatus instance;
  JsonFields fields(value);
  fields.require("endpoint", instance.endpoint);
  fields.read("pid", instance.pid);
  fields.read("server", instance.server);
  fields.read("role", instance.role);
  read_state(fields, instance.state);
  fields.read("cause", instance.cause);
  fields.read("says", instance.says);
  if (present(fields, "last_save") != nullptr) {
    read_time(fields, "last_save", instance.last_save.emplace());
  }
  read_risk(fields, instance.at_risk);
  read_headroom(fields, instance.headroom);
  fields.read("incident", instance.incident);
  fields.read("incident_state", instance.incident_state);
  fields.read("plan", instance.plan);
  read_time(fields, "seen_at", instance.seen_at);
  if (const auto outcome = fields.outcome(); !outcome) return outcome.error();
  return instance;
}

template <class T>
void read_objects(JsonFields& fields, std::string_view key, std::vector<T>& out,
                  Result<T> (*read)(const json::value&)) {
  const json::value* value = fields.find(key);
  const json::array* list = value != nullptr ? value->if_array() : nullptr;
  if (list == nullptr) return fields.fail(key, "a list");
  out.reserve(list->size());
  for (const auto& item : *list) {
    auto one = read(item);
    if (!one) return fields.take(one.error());
    out.push_back(std::move(*one));
  }
}

}  // namespace

std::string_view to_string(InstanceState state) {
  return kStateWords.at(static_cast<std::size_t>(state));
}

json::object to_json(const AgentStatus& status) {
  json::array gates;
  for (const auto& gate : status.gates) gates.emplace_back(gate_object(gate));
  json::array instances;
  instances.reserve(status.instances.size());
  for (const auto& instance : status.instances) instances.emplace_back(instance_object(instance));
  return {{"pid", status.pid},
          {"version", status.version},
          {"started", format_time(status.started)},
          {"mode", status.mode},
          {"policy", printable(status.policy)},
          {"settings", texts(status.settings)},
          {"state_dir", printable(status.state_dir)},
          {"interval_ms", status.interval.count()},
          {"gates", std::move(gates)},
          {"reload", reload_value(status.reload)},
          {"servers", std::move(instances)}};
}

Result<AgentStatus> status_from_json(const json::object& object) {
  AgentStatus status;
  const json::value whole(object);
  JsonFields fields(whole);
  std::int64_t interval = 0;
  fields.read("pid", status.pid);
  fields.require("version", status.version);
  read_time(fields, "started", status.started);
  fields.require("mode", status.mode);
  fields.read("policy", status.policy);
  read_texts(fields, "settings", status.settings);
  fields.read("state_dir", status.state_dir);
  fields.read("interval_ms", interval);
  status.interval = std::chrono::milliseconds(interval);
  read_objects(fields, "gates", status.gates, read_gate);
  read_reload(fields, status.reload);
  read_objects(fields, "servers", status.instances, read_instance_status);
  if (const auto outcome = fields.outcome(); !outcome) return outcome.error();
  return status;
}

}  // namespace forkmend::daemon
