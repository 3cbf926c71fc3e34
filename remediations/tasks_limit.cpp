// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: the pids controller refuses fork() with EAGAIN because some cgroup above the server
// has pids.current = pids.max (kernel/cgroup/pids.c; systemd calls the limit TasksMax=). The
// refusal comes after the page tables were copied, so each try also costs the whole fork latency.
//
// Why this helps: pids.max is live. It is raised at each level that binds, and only there: twice
// what is in use, or 64 tasks more, whichever is larger. Levels with room stay as they are.
//
// The risk: a task leak in that cgroup may go further before it is stopped.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "remediations/gate.hpp"
#include "remediations/shell.hpp"
#include "remediations/unit_dropin.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::int64_t kMinimumMargin = 64;

constexpr auto kCauses = std::to_array<std::string_view>({"pids-limit"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "to",
     .type = policy::ParameterType::integer,
     .default_value = "auto",
     .takes_auto = true,
     .minimum = 1,
     .help = "pids.max of every level that binds; auto: twice what is in use, at least 64 more"},
});

struct Level {
  std::string fact;  ///< "instance.pids.0."
  std::string path;
  std::int64_t current = 0;
  std::int64_t maximum = 0;
};

struct Levels {
  std::vector<Level> limited;  ///< with a limit, own cgroup first
  std::string missing;         ///< why a level is not known; empty when all are
};

Levels read_levels(const FactSet& facts, std::int64_t count) {
  Levels levels;
  for (std::int64_t i = 0; i < count; ++i) {
    Level level;
    level.fact = "instance.pids." + std::to_string(i) + ".";
    const auto maximum = facts.integer(level.fact + "max");
    const auto current = facts.integer(level.fact + "current");
    const auto path = facts.text(level.fact + "path");
    if (maximum == kUnlimited) continue;
    if (!maximum || !current || !path) {
      const std::string_view lacking = !maximum ? "max" : !current ? "current" : "path";
      if (levels.missing.empty()) {
        levels.missing = why_missing(facts, level.fact + std::string(lacking));
      }
      continue;
    }
    level.path = *path;
    level.current = *current;
    level.maximum = *maximum;
    levels.limited.push_back(std::move(level));
  }
  return levels;
}

bool binds(const Level& level) {
  return level.current >= level.maximum;
}

/// The levels to raise. Once the diagnosis blames this limit although the tasks are fewer by now,
/// that is the level with the least room.
std::vector<Level> to_raise(const PlanInput& input, const Levels& levels) {
  std::vector<Level> chosen;
  std::ranges::copy_if(levels.limited, std::back_inserter(chosen), binds);
  const bool blamed = input.cause != nullptr && input.cause->id == kCauses.front();
  if (!chosen.empty() || !blamed || levels.limited.empty()) return chosen;
  const auto room = [](const Level& level) { return level.maximum - level.current; };
  const Level& tightest = *std::ranges::min_element(levels.limited, {}, room);
  const bool tight = room(tightest) < std::max(tightest.current, kMinimumMargin);
  return tight ? std::vector{tightest} : chosen;
}

std::string use_of(const Level& level) {
  return format_count(level.current) + " tasks of at most " + format_count(level.maximum) + " in " +
         printable(level.path);
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto count = facts.integer("instance.pids.levels");
  if (!count) return no_answer(facts, "instance.pids.levels");
  const Levels levels = read_levels(facts, *count);
  const auto chosen = to_raise(input, levels);
  if (!chosen.empty()) return {Applicability::applicable, use_of(chosen.front())};
  if (!levels.missing.empty()) return {Applicability::unknown, levels.missing};
  if (levels.limited.empty()) {
    return {Applicability::already_good, "no cgroup of the server limits its tasks"};
  }
  return {Applicability::already_good, use_of(levels.limited.front())};
}

Step raise_step(const Level& level, std::int64_t to) {
  Step step;
  step.remedy = "tasks-limit";
  step.target.type = StepType::cgroup_file;
  step.target.name = level.path + "/pids.max";
  step.before = std::to_string(level.maximum);
  step.after = std::to_string(to);
  step.scope = Scope::cgroup;
  step.needs_root = true;
  step.shell = echo_line(*step.after, step.target.name);
  step.undo_shell = echo_line(*step.before, step.target.name);
  step.why = "lets this cgroup have one more task, the save child";
  step.effects.emplace(level.fact + "max", to);
  return step;
}

/// Who sets this limit, and whether that makes ours last.
Persistence persist_level(const PlanInput& input, const Level& level, std::int64_t to) {
  if (level.path.find("kubepods") != std::string::npos) {
    return not_persisted("the kubelet owns " + printable(level.path) +
                         "; raise podPidsLimit in its configuration");
  }
  const std::string unit = unit_of_cgroup(level.path);
  if (unit.empty()) {
    return not_persisted("no unit of the system's systemd owns " + printable(level.path) +
                         "; raise the limit in what creates it");
  }
  Persistence persistence = persist_unit_setting(input, {.remedy = "tasks-limit",
                                                         .unit = unit,
                                                         .cgroup = level.path,
                                                         .key = "TasksMax",
                                                         .value = std::to_string(to)});
  // At a daemon-reload systemd means to (unit_deserialize_state()), and that of Debian 13 (257)
  // does not, as measured; at set-property and at a start each does.
  if (input.facts.flag("host.systemd").value_or(false)) {
    persistence.notes.push_back("systemd owns " + printable(unit) +
                                ": the direct write lasts until it applies the unit's settings "
                                "again, TasksMax= in a drop-in keeps it");
  }
  return persistence;
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  if (auto because = host_is_not_ours(
          input.facts,
          "docker update --pids-limit N CONTAINER (or what your runtime has for it)")) {
    return Refusal{*because};
  }
  const Levels levels =
      read_levels(input.facts, input.facts.integer("instance.pids.levels").value_or(0));
  const auto named = input.parameters.integer("to");
  Proposal proposal;
  std::vector<std::string> raised;
  for (const Level& level : to_raise(input, levels)) {
    const std::int64_t to =
        named ? *named : level.current + std::max(level.current, kMinimumMargin);
    if (to <= level.maximum || to <= level.current) {
      return Refusal{"a limit of " + format_count(to) + " does not help: " + use_of(level)};
    }
    proposal.steps.push_back(raise_step(level, to));
    append(proposal, persist_level(input, level, to));
    raised.push_back(printable(level.path) + " may have " + format_count(to) +
                     " tasks instead of " + format_count(level.maximum));
  }
  proposal.predicted = join_words(raised);
  if (!levels.missing.empty()) proposal.notes.push_back(levels.missing);
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kTasksLimit = {
    .id = "tasks-limit",
    .summary = "raise pids.max of the cgroups whose task limit is reached (TasksMax)",
    .symptom =
        "\"Can't save in background: fork: Resource temporarily unavailable\"; pids.current equals "
        "pids.max in the server's cgroup or one above, or the kernel logged \"cgroup: fork "
        "rejected by pids controller\"",
    .changes =
        "pids.max of each level that binds; to keep it, TasksMax= in "
        "/etc/systemd/system/UNIT.d/50-forkmend.conf",
    .risk_note =
        "a task leak in that cgroup is stopped later; the limit is raised to twice what is in use, "
        "not switched off",
    .undo_by_hand =
        "echo the old number into the same pids.max; delete the drop-in, then systemctl "
        "daemon-reload",
    .scope = Scope::cgroup,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
