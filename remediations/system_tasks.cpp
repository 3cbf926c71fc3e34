// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: fork() is refused with EAGAIN because the host has as many tasks as
// kernel.threads-max allows (copy_process() of kernel/fork.c), or no number below kernel.pid_max is
// left (alloc_pid() of kernel/pid.c; ENOMEM before 4.1). Neither leaves a line in any log.
//
// Why this helps: both are live. The one that binds is raised to twice the tasks that there are;
// never beyond what the kernel takes, nor threads-max beyond its own default, an eighth of RAM in
// kernel stacks.
//
// The risk: a task leak goes further before it is stopped.
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
#include "remediations/sysctl_file.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::int64_t kMinimumMargin = 4096;
constexpr std::int64_t kPidLimit = 4194304;        ///< PID_MAX_LIMIT of include/linux/threads.h
constexpr std::int64_t kStackBytes = 16384;        ///< THREAD_SIZE of x86-64 and arm64
constexpr std::int64_t kMostThreads = 0x3FFFFFFF;  ///< FUTEX_TID_MASK: MAX_THREADS of fork.c
constexpr std::string_view kThreads = "kernel.threads-max";
constexpr std::string_view kPids = "kernel.pid_max";

constexpr auto kCauses = std::to_array<std::string_view>({"system-task-limit"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "threads_max",
     .type = policy::ParameterType::integer,
     .default_value = "auto",
     .takes_auto = true,
     .minimum = 20,
     .maximum = kMostThreads,
     .help = "kernel.threads-max where it binds; auto: twice the tasks that there are"},
    {.name = "pid_max",
     .type = policy::ParameterType::integer,
     .default_value = "auto",
     .takes_auto = true,
     .minimum = 301,
     .maximum = kPidLimit,
     .help = "kernel.pid_max where it binds; auto: twice the tasks that there are"},
});

/// One of the two limits.
struct Limit {
  std::string_view key;
  std::string_view fact;
  std::string_view rule;  ///< of the forecast
  std::string_view parameter;
  std::int64_t now = 0;
  std::int64_t most = 0;  ///< that auto sets
};

bool is_blamed(const PlanInput& input) {
  return input.cause != nullptr && input.cause->id == kCauses.front();
}

/// Refused, too close, or blamed with less than half of it free.
bool binds(const PlanInput& input, const Limit& limit, std::int64_t tasks) {
  const forecast::RuleForecast* rule = input.forecast.find(limit.rule);
  const bool refused = rule != nullptr && (rule->verdict == forecast::Verdict::refused ||
                                           rule->verdict == forecast::Verdict::too_close);
  return refused || (is_blamed(input) && limit.now < 2 * tasks);
}

/// The default of the kernel, set_max_threads() of kernel/fork.c: what stacks in an eighth of RAM
/// allow.
std::int64_t most_threads(const FactSet& facts) {
  const auto total = facts.integer("host.mem_total");
  return total ? std::min(*total / (8 * kStackBytes), kMostThreads) : kMostThreads;
}

std::vector<Limit> limits_of(const FactSet& facts) {
  std::vector<Limit> limits = {
      {kThreads, "host.threads_max", "THR", "threads_max", 0, most_threads(facts)},
      {kPids, "host.pid_max", "PIDMAX", "pid_max", 0, kPidLimit}};
  for (Limit& limit : limits) limit.now = facts.integer(limit.fact).value_or(0);
  return limits;
}

std::string use_of(const Limit& limit, std::int64_t tasks) {
  return format_count(tasks) + " tasks, " + std::string(limit.key) + " is " +
         format_count(limit.now);
}

std::vector<Limit> to_raise(const PlanInput& input, std::int64_t tasks) {
  std::vector<Limit> chosen = limits_of(input.facts);
  std::erase_if(chosen, [&](const Limit& limit) { return !binds(input, limit, tasks); });
  return chosen;
}

ProbeResult probe(const PlanInput& input) {
  for (const std::string_view name : {"host.threads", "host.threads_max", "host.pid_max"}) {
    if (!input.facts.integer(name)) return no_answer(input.facts, name);
  }
  const std::int64_t tasks = *input.facts.integer("host.threads");
  const auto chosen = to_raise(input, tasks);
  if (!chosen.empty()) return {Applicability::applicable, use_of(chosen.front(), tasks)};
  const auto limits = limits_of(input.facts);
  return {Applicability::already_good, use_of(limits[0], tasks) + ", " +
                                           std::string(limits[1].key) + " is " +
                                           format_count(limits[1].now)};
}

std::variant<std::int64_t, Refusal> value_for(const PlanInput& input, const Limit& limit,
                                              std::int64_t tasks) {
  const auto named = input.parameters.integer(limit.parameter);
  const std::int64_t wanted = std::max({2 * tasks, tasks + kMinimumMargin, limit.now + 1});
  const std::int64_t to = named ? *named : std::min(wanted, limit.most);
  if (to > limit.now && to > tasks + 1) return to;
  if (named) {
    return Refusal{"a " + std::string(limit.key) + " of " + format_count(to) +
                   " does not help: " + use_of(limit, tasks)};
  }
  return Refusal{use_of(limit, tasks) + ", and this host takes no more than " +
                 format_count(limit.most) + ": look for what starts so many"};
}

Step sysctl_step(const Limit& limit, std::int64_t to) {
  Step step;
  step.remedy = "system-tasks";
  step.target.type = StepType::sysctl;
  step.target.name = limit.key;
  step.before = std::to_string(limit.now);
  step.after = std::to_string(to);
  step.scope = Scope::host;
  step.needs_root = true;
  step.shell = sysctl_line(limit.key, *step.after);
  step.undo_shell = sysctl_line(limit.key, *step.before);
  step.why = "lets the host have one more task, the save child";
  step.effects.emplace(limit.fact, to);
  return step;
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const std::int64_t tasks = input.facts.integer("host.threads").value_or(0);
  Proposal proposal;
  std::vector<SysctlSetting> settings;
  std::vector<std::string> raised;
  for (const Limit& limit : to_raise(input, tasks)) {
    const auto value = value_for(input, limit, tasks);
    if (const auto* refusal = std::get_if<Refusal>(&value)) return *refusal;
    const auto to = std::get<std::int64_t>(value);
    proposal.steps.push_back(sysctl_step(limit, to));
    settings.push_back({.remedy = "system-tasks",
                        .key = std::string(limit.key),
                        .value = std::to_string(to),
                        .excludes = {}});
    raised.push_back(std::string(limit.key) + " is " + format_count(to) + " instead of " +
                     format_count(limit.now));
  }
  if (auto because = host_is_not_ours(input.facts, proposal.steps.front().shell)) {
    return Refusal{*because};
  }
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  proposal.predicted = join_words(raised);
  append(proposal, persist_sysctls(input, settings));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kSystemTasks = {
    .id = "system-tasks",
    .summary = "raise the host's limit of tasks: kernel.threads-max, kernel.pid_max",
    .symptom =
        "\"Can't save in background: fork: Resource temporarily unavailable\" while as many tasks "
        "run on the host as kernel.threads-max or kernel.pid_max allow; other programs cannot "
        "start "
        "processes either",
    .changes =
        "the sysctl that binds, to twice the tasks that there are; to keep it, "
        "/etc/sysctl.d/99-zz-forkmend.conf",
    .risk_note = "a leak of tasks is stopped later, and each task takes 16 KiB of kernel stack",
    .undo_by_hand =
        "sysctl -w with the old value; delete its line from /etc/sysctl.d/99-zz-forkmend.conf",
    .scope = Scope::host,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
