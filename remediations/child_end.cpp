// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/child_end.hpp"

#include <string>
#include <utility>

#include "base/text.hpp"
#include "remediations/shell.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kNothingToUndo = "# nothing to undo: the next save starts anew";

/// Valkey 8.1 and newer, for a child that writes an RDB.
bool has_cancel(const FactSet& facts) {
  if (facts.integer("redis.rdb_bgsave_in_progress") != 1) return false;
  const auto version = facts.text("redis.valkey_version");
  if (!version) return false;
  const auto parts = split(*version, '.');
  const auto major = parse_integer(parts[0]);
  const auto minor = parts.size() > 1 ? parse_integer(parts[1]) : std::nullopt;
  return major && minor && (*major > 8 || (*major == 8 && *minor >= 1));
}

Step ending_step(std::string_view remedy, std::string why) {
  Step step;
  step.remedy = remedy;
  step.scope = Scope::instance;
  step.risk = Risk::disruptive;
  step.undo_shell = kNothingToUndo;
  step.why = std::move(why);
  return step;
}

Step ending_signal(const FactSet& facts, std::string_view signal, Step step) {
  step.target.type = StepType::signal;
  step.target.name = signal;
  step.target.pid = facts.integer("instance.child.pid").value_or(0);
  step.target.process_start =
      static_cast<std::uint64_t>(facts.integer("instance.child.start_time").value_or(0));
  step.needs_root = true;
  step.shell = "kill -s " + std::string(signal.substr(3)) + " " + std::to_string(step.target.pid);
  return step;
}

Step ending_command(const std::string& endpoint, const std::string& run_id, Step step) {
  step.target.type = StepType::server_command;
  step.target.name = "BGSAVE CANCEL";
  step.target.endpoint = endpoint;
  step.target.run_id = run_id;
  step.shell = command_line(endpoint, "bgsave cancel");
  return step;
}

}  // namespace

std::vector<Step> steps_that_end_child(const FactSet& facts, std::string_view remedy) {
  std::vector<Step> steps;
  const auto endpoint = facts.text("instance.endpoint");
  const auto run_id = facts.text("redis.run_id");
  if (has_cancel(facts) && endpoint && run_id) {
    steps.push_back(ending_command(*endpoint, *run_id,
                                   ending_step(remedy, "the server ends its child itself")));
  } else {
    steps.push_back(ending_signal(
        facts, "SIGUSR1",
        ending_step(remedy, "the child ends by its own handler, which is no failed save")));
  }
  if (facts.text("instance.child.state") == "T") {
    steps.push_back(
        ending_signal(facts, "SIGCONT",
                      ending_step(remedy, "a stopped child takes the signal when it runs again")));
  }
  return steps;
}

}  // namespace forkmend::remediations
