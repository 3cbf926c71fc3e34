// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: something that forkmend does not know of, and that the people of this host know how
// to mend and how to take back.
//
// How: three commands of theirs. `check` says whether the change is in force (exit 0) or not (exit
// 1; anything else is an error); `do` makes it, `undo` takes it back. They are recorded, verified
// and undone as any other change. No shell runs them: a list of words is a program with its
// arguments, the program by its full path.
//
// The risk: as that of the commands. It counts as disruptive; the rule can raise that.
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "remediations/gate.hpp"

namespace forkmend::remediations {

namespace {

namespace json = boost::json;

constexpr std::int64_t kMilliseconds = 1000;

constexpr auto kScopes = std::to_array<std::string_view>({"instance", "process", "cgroup", "host"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "name",
     .type = policy::ParameterType::text,
     .help = "what it is called in records and output",
     .required = true},
    {.name = "do",
     .type = policy::ParameterType::list,
     .help = "the program that makes the change, by its full path, and its arguments",
     .required = true},
    {.name = "undo",
     .type = policy::ParameterType::list,
     .help = "the same, taking it back",
     .required = true},
    {.name = "check",
     .type = policy::ParameterType::list,
     .help = "the same, telling by exit code 0 that the change is in force, by 1 that it is not",
     .required = true},
    {.name = "timeout",
     .type = policy::ParameterType::duration,
     .default_value = "30s",
     .minimum = kMilliseconds,
     .maximum = 3600 * kMilliseconds,
     .help = "after which a command is killed with all that it started"},
    {.name = "scope",
     .type = policy::ParameterType::choice,
     .default_value = "host",
     .choices = kScopes,
     .help = "what the commands change"},
});

constexpr std::array<std::string_view, 3> kActions = {"do", "undo", "check"};

std::optional<std::string> why_unusable(const policy::Parameters& parameters) {
  if (parameters.text("name").value_or("").empty()) return "the hook has no name";
  for (const std::string_view action : kActions) {
    const auto argv = parameters.list(action);
    if (!argv || argv->empty()) return "the hook has no " + std::string(action);
    if (!argv->front().starts_with('/')) {
      return std::string(action) +
             " of the hook is not a program by its full path: " + printable(argv->front());
    }
  }
  return std::nullopt;
}

ProbeResult probe(const PlanInput& input) {
  if (auto because = why_unusable(input.parameters)) {
    return {Applicability::not_applicable, *because};
  }
  return {Applicability::applicable, "the policy names the hook"};
}

Scope scope_of(const policy::Parameters& parameters) {
  const auto word = parameters.text("scope");
  for (const Scope scope : {Scope::instance, Scope::process, Scope::cgroup}) {
    if (word == forkmend::to_string(scope)) return scope;
  }
  return Scope::host;
}

std::string commands_of(const policy::Parameters& parameters) {
  json::object commands;
  for (const std::string_view action : kActions) {
    json::array words;
    for (const std::string& word : parameters.list(action).value_or(std::vector<std::string>())) {
      words.emplace_back(word);
    }
    commands[action] = std::move(words);
  }
  commands["timeout"] = parameters.integer("timeout").value_or(30 * kMilliseconds) / kMilliseconds;
  return json::serialize(commands);
}

/// As forkmend runs it, but for the clean environment.
std::string line_of(const PlanInput& input, std::string_view action) {
  std::string line = "FORKMEND_ACTION=" + std::string(action);
  if (const auto endpoint = input.facts.text("instance.endpoint")) {
    line += " FORKMEND_ENDPOINT=" + shell_quote(*endpoint);
  }
  if (const auto pid = input.facts.integer("instance.pid")) {
    line += " FORKMEND_PID=" + std::to_string(*pid);
  }
  const auto argv = input.parameters.list(action);
  for (const std::string& word : argv.value_or(std::vector<std::string>())) {
    line += " " + shell_quote(word);
  }
  return line;
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  Step step;
  step.remedy = "hook";
  step.target.type = StepType::hook;
  step.target.name = input.parameters.text("name").value_or("");
  step.target.pid = input.facts.integer("instance.pid").value_or(0);
  step.target.endpoint = input.facts.text("instance.endpoint").value_or("");
  step.target.commands = commands_of(input.parameters);
  step.after = "done";
  step.scope = scope_of(input.parameters);
  step.risk = Risk::disruptive;
  step.shell = line_of(input, "do");
  step.undo_shell = line_of(input, "undo");
  step.why = "the policy says so";
  Proposal proposal;
  proposal.predicted = "the hook " + printable(step.target.name) + " is done";
  proposal.notes.emplace_back(
      "what a hook changes is not known beforehand: the forecast after it is "
      "that of now");
  proposal.steps.push_back(std::move(step));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kHook = {
    .id = "hook",
    .summary = "run commands of your own: do, undo and check",
    .symptom = "whatever the rule that names it is for",
    .changes =
        "what the commands change. They run without a shell, with PATH, LC_ALL, FORKMEND_ACTION, "
        "FORKMEND_ENDPOINT and FORKMEND_PID; their programs must be root's alone when forkmend is "
        "root",
    .risk_note =
        "that of the commands; it counts as disruptive, and risk in the rule can raise that",
    .undo_by_hand = "run the undo command of the rule",
    .scope = Scope::any,
    .risk = Risk::disruptive,
    .causes = {},
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
