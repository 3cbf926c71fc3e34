// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: the memory limit of a cgroup above the server leaves too little room for what a save
// copies, so that the kernel kills the child (or the server); or, on kernels 4.8 to 4.18, refuses
// the fork because the child's page tables do not fit (try_charge() of mm/memcontrol.c).
//
// Why this helps: memory.max (memory.limit_in_bytes of version 1) is live. It is raised at each
// level where the worst that the forecast expects does not fit, and only there, by what is missing
// and a tenth more.
//
// The risk: what that cgroup may take now, the rest of the host lacks. So it is refused where the
// host itself has not the memory: a kill within the cgroup would become one of any process.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "forecast/memory_levels.hpp"
#include "forecast/rule_reader.hpp"
#include "remediations/container_line.hpp"
#include "remediations/gate.hpp"
#include "remediations/shell.hpp"
#include "remediations/unit_dropin.hpp"

namespace forkmend::remediations {

namespace {

using forecast::MemoryLimit;

constexpr std::int64_t kUnit = std::int64_t{16} << 20;  ///< limits are multiples of it

constexpr auto kCauses =
    std::to_array<std::string_view>({"cgroup-oom", "cgroup-memory-refusal", "unit-kill"});
constexpr auto kPolicies = std::to_array<std::string_view>({"keep", "continue"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "to",
     .type = policy::ParameterType::size,
     .default_value = "auto",
     .takes_auto = true,
     .minimum = kUnit,
     .maximum = std::int64_t{1} << 50,
     .help = "the limit of every level that binds; auto: room for the worst that the forecast "
             "expects a save to copy, and a tenth more"},
    {.name = "oom_policy",
     .type = policy::ParameterType::choice,
     .default_value = "keep",
     .choices = kPolicies,
     .help = "continue: systemd does not stop the whole service when the kernel kills the child "
             "(OOMPolicy=continue in its drop-in)"},
});

struct Level {
  MemoryLimit limit;
  std::string path;
};

/// The levels with a limit that can be read, own cgroup first.
std::vector<Level> read_levels(forecast::RuleReader& reader, const FactSet& facts) {
  std::vector<Level> levels;
  for (MemoryLimit& limit : forecast::read_memory_limits(reader)) {
    const auto path = facts.text(forecast::memory_fact(limit.level, "path"));
    if (path) levels.push_back({std::move(limit), *path});
  }
  return levels;
}

std::int64_t room_of(const Level& level) {
  return level.limit.room() + level.limit.swap;
}

bool is_blamed(const PlanInput& input) {
  return input.cause != nullptr && std::ranges::find(kCauses, input.cause->id) != kCauses.end();
}

/// The levels to raise. Once the diagnosis blames a limit although there is room by now, that is
/// the level with the least.
std::vector<Level> to_raise(const PlanInput& input, const std::vector<Level>& levels,
                            std::int64_t need) {
  std::vector<Level> chosen;
  std::ranges::copy_if(levels, std::back_inserter(chosen),
                       [need](const Level& level) { return room_of(level) < need; });
  if (!chosen.empty() || !is_blamed(input) || levels.empty()) return chosen;
  return {*std::ranges::min_element(levels, {}, room_of)};
}

std::string use_of(const Level& level) {
  return format_size(std::max<std::int64_t>(room_of(level), 0)) +
         " are left under the memory limit of " + format_size(level.limit.max) + " of " +
         printable(level.path);
}

/// What is needed, and where; or the answer where that is not known or nothing binds.
struct Binding {
  std::int64_t need = 0;
  std::vector<Level> levels;
  std::string missing;  ///< what is not known of further levels
};

std::variant<Binding, ProbeResult> binding_of(const PlanInput& input) {
  forecast::RuleReader reader(input.facts);
  const auto levels = read_levels(reader, input.facts);
  if (levels.empty() && reader.complete()) {
    return ProbeResult{Applicability::not_applicable, "no cgroup of the server limits its memory"};
  }
  if (levels.empty()) return ProbeResult{Applicability::unknown, reader.what_lacks()};
  const auto& estimate = input.forecast.cow.estimate;
  if (!estimate) return ProbeResult{Applicability::unknown, input.forecast.cow.says};
  Binding binding{.need = estimate->worst,
                  .levels = to_raise(input, levels, estimate->worst),
                  .missing = reader.complete() ? "" : reader.what_lacks()};
  if (!binding.levels.empty()) return binding;
  if (!binding.missing.empty()) return ProbeResult{Applicability::unknown, binding.missing};
  const Level& tightest = *std::ranges::min_element(levels, {}, room_of);
  return ProbeResult{Applicability::already_good, use_of(tightest) + ", enough for the " +
                                                      format_size(binding.need) +
                                                      " that a save copies at worst"};
}

ProbeResult probe(const PlanInput& input) {
  const auto binding = binding_of(input);
  if (const auto* answer = std::get_if<ProbeResult>(&binding)) return *answer;
  const auto& [need, levels, missing] = std::get<Binding>(binding);
  return {Applicability::applicable,
          "a save copies at worst " + format_size(need) + ", and " + use_of(levels.front())};
}

std::int64_t limit_for(const Level& level, std::int64_t need) {
  const std::int64_t missing = std::max<std::int64_t>(need - room_of(level), 0);
  const std::int64_t wanted = level.limit.max + missing + need / 10;
  return (wanted + kUnit - 1) / kUnit * kUnit;
}

Step limit_step(const std::string& path, std::int64_t before, std::int64_t after) {
  Step step;
  step.remedy = "memory-limit";
  step.target.type = StepType::cgroup_file;
  step.target.name = path;
  step.before = std::to_string(before);
  step.after = std::to_string(after);
  step.scope = Scope::cgroup;
  step.risk = Risk::disruptive;
  step.needs_root = true;
  step.shell = echo_line(*step.after, path);
  step.undo_shell = echo_line(*step.before, path);
  step.why = "what a save copies has to fit under this limit";
  return step;
}

/// Version 1 keeps the sum with swap above the limit of memory alone (EINVAL else), so that one is
/// raised first.
std::vector<Step> steps_for(const host::Root& root, const Level& level, std::int64_t to) {
  std::vector<Step> steps;
  const bool version_1 = !root.exists(level.path + "/memory.max");
  const std::string sum = level.path + "/memory.memsw.limit_in_bytes";
  if (const auto text = version_1 ? root.read(sum) : Result<std::string>(Error{})) {
    const auto now = parse_integer(trim(*text));
    if (now && *now < to) steps.push_back(limit_step(sum, *now, to));
  }
  const std::string file = version_1 ? "/memory.limit_in_bytes" : "/memory.max";
  steps.push_back(limit_step(level.path + file, level.limit.max, to));
  steps.back().effects.emplace(forecast::memory_fact(level.limit.level, "max"), to);
  return steps;
}

Persistence persist_level(const PlanInput& input, const Level& level, std::int64_t to) {
  const std::string bytes = std::to_string(to);
  const std::string docker = "--memory " + bytes + " --memory-swap -1";
  const std::string kubernetes = "--limits=memory=" + bytes;
  if (auto line = container_line(level.path, {.docker = docker, .kubernetes = kubernetes})) {
    return not_persisted(*line);
  }
  const std::string unit = unit_of_cgroup(level.path);
  if (unit.empty()) {
    return not_persisted("no unit of the system's systemd owns " + printable(level.path) +
                         "; raise the limit in what creates it");
  }
  UnitSetting setting{.remedy = "memory-limit",
                      .unit = unit,
                      .cgroup = level.path,
                      .key = "MemoryMax",
                      .value = bytes};
  const bool own = unit == input.facts.text("instance.unit") && unit.ends_with(".service");
  if (own && input.parameters.text("oom_policy") == "continue") {
    setting.also.emplace_back("OOMPolicy", "continue");
  }
  return persist_unit_setting(input, setting);
}

/// The levels may bind, but the host has to hold what they may take.
std::optional<std::string> host_lacks_it(const PlanInput& input, const std::vector<Step>& steps) {
  std::map<std::string, FactValue> effects;
  for (const Step& step : steps) effects.insert(step.effects.begin(), step.effects.end());
  const FactSet then = input.facts.with(effects);
  return short_of_memory({.facts = then,
                          .forecast = input.forecast,
                          .cause = input.cause,
                          .parameters = input.parameters,
                          .root = input.root,
                          .keep_strict_overcommit = input.keep_strict_overcommit});
}

void add_note_of_policy(const PlanInput& input, Proposal& proposal) {
  if (input.parameters.text("oom_policy") == "continue") return;
  if (input.facts.text("instance.oom_policy") == "continue") return;
  proposal.notes.emplace_back(
      "systemd stops the whole service after a kill in it unless OOMPolicy=continue is set: "
      "oom_policy = \"continue\" does that");
}

/// The engine looks before it lowers a limit; systemd does not.
void add_note_of_undo(Proposal& proposal) {
  if (proposal.persist.empty()) return;
  proposal.notes.emplace_back(
      "an undo of the drop-in makes systemd lower the limit at once: it is refused while more than "
      "the old limit is in use or a save runs, as the kernel would kill");
}

PlanResult plan(const PlanInput& input) {
  const auto binding = binding_of(input);
  if (const auto* answer = std::get_if<ProbeResult>(&binding)) return Refusal{answer->because};
  const auto& [need, levels, missing] = std::get<Binding>(binding);
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  if (auto because = host_is_not_ours(input.facts,
                                      "docker update --memory SIZE --memory-swap -1 CONTAINER, or "
                                      "kubectl set resources KIND/NAME --limits=memory=SIZE")) {
    return Refusal{*because};
  }
  const auto named = input.parameters.integer("to");
  Proposal proposal;
  std::vector<std::string> raised;
  for (const Level& level : levels) {
    const std::int64_t to = named ? *named / kUnit * kUnit : limit_for(level, need);
    if (to <= level.limit.max) {
      return Refusal{"a limit of " + format_size(to) + " does not help: " + use_of(level)};
    }
    for (Step& step : steps_for(input.root, level, to)) proposal.steps.push_back(std::move(step));
    append(proposal, persist_level(input, level, to));
    raised.push_back(printable(level.path) + " may take " + format_size(to) + " instead of " +
                     format_size(level.limit.max));
  }
  if (auto because = host_lacks_it(input, proposal.steps)) return Refusal{*because};
  proposal.predicted = join_words(raised);
  if (!missing.empty()) proposal.notes.push_back(missing);
  add_note_of_policy(input, proposal);
  add_note_of_undo(proposal);
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kMemoryLimit = {
    .id = "memory-limit",
    .summary = "raise the memory limit of the cgroups that leave a save no room (MemoryMax)",
    .symptom =
        "\"Background saving terminated by signal 9\" with oom_kill counted in memory.events of "
        "the "
        "server's cgroup or one above, or a fork refused because page tables do not fit under it",
    .changes =
        "memory.max (memory.limit_in_bytes) of each level that binds; to keep it, MemoryMax= and, "
        "if asked, OOMPolicy=continue in /etc/systemd/system/UNIT.d/50-forkmend.conf",
    .risk_note =
        "the rest of the host lacks what the cgroup may take now: refused where the host has not "
        "the memory itself",
    .undo_by_hand =
        "echo the old number into the same file; delete the drop-in, then systemctl daemon-reload",
    .scope = Scope::cgroup,
    .risk = Risk::disruptive,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
