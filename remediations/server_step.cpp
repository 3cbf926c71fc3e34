// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/server_step.hpp"

#include <algorithm>
#include <utility>

#include "remediations/gate.hpp"
#include "remediations/shell.hpp"

namespace forkmend::remediations {

std::variant<ServerAddress, Refusal> server_address(const FactSet& facts) {
  if (auto because = instance_is_not_ours(facts)) return Refusal{std::move(*because)};
  auto endpoint = facts.text("instance.endpoint");
  if (!endpoint) return Refusal{why_missing(facts, "instance.endpoint")};
  auto run_id = facts.text("redis.run_id");
  if (!run_id) return Refusal{why_missing(facts, "redis.run_id")};
  const auto start = facts.integer("instance.start_time").value_or(0);
  return ServerAddress{.endpoint = std::move(*endpoint),
                       .run_id = std::move(*run_id),
                       .pid = facts.integer("instance.pid").value_or(0),
                       .start_time = static_cast<std::uint64_t>(start)};
}

std::string config_fact(std::string_view parameter) {
  return "redis.config." + std::string(parameter);
}

std::optional<std::string> config_value(const FactSet& facts, std::string_view parameter) {
  return facts.text(config_fact(parameter));
}

namespace {

void set_address(Target& target, const ServerAddress& server) {
  target.endpoint = server.endpoint;
  target.run_id = server.run_id;
  target.pid = server.pid;
  target.process_start = server.start_time;
}

}  // namespace

Step config_step(const FactSet& facts, const ServerAddress& server, ServerSetting setting) {
  Step step;
  step.remedy = setting.remedy;
  step.target.type = StepType::config;
  step.target.name = setting.parameter;
  set_address(step.target, server);
  step.before = config_value(facts, setting.parameter);
  step.after = std::move(setting.value);
  step.scope = Scope::instance;
  step.risk = setting.risk;
  step.shell = config_set_line(server.endpoint, setting.parameter, *step.after);
  step.undo_shell = config_set_line(server.endpoint, setting.parameter, step.before.value_or(""));
  step.why = std::move(setting.why);
  step.effects.emplace(config_fact(setting.parameter), *step.after);
  return step;
}

Step command_step(std::string_view remedy, const ServerAddress& server, std::string_view command,
                  std::string why) {
  Step step;
  step.remedy = remedy;
  step.target.type = StepType::server_command;
  step.target.name = command;
  set_address(step.target, server);
  step.after = "done";
  step.scope = Scope::instance;
  step.shell = command_line(server.endpoint, command);
  step.undo_shell = "true  # nothing is in force";
  step.why = std::move(why);
  return step;
}

std::optional<redis::Version> redis_version(const FactSet& facts) {
  const auto text = facts.text("redis.redis_version");
  return text ? redis::parse_version(*text) : std::nullopt;
}

std::optional<bool> is_replica(const FactSet& facts) {
  const auto role = facts.text("redis.role");
  if (!role) return std::nullopt;
  return *role != "master";
}

bool blames_one_of(const PlanInput& input, std::span<const std::string_view> causes) {
  return input.cause != nullptr && std::ranges::find(causes, input.cause->id) != causes.end();
}

}  // namespace forkmend::remediations
