// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: the kernel refuses fork() with EAGAIN because the tasks of the server's uid have
// reached the soft RLIMIT_NPROC of the server (copy_process() in kernel/fork.c). All tasks of that
// uid count, also those of other servers and containers that share the number.
//
// Why this helps: prlimit(2) raises the limit of the running process; the next fork sees it. Up to
// the hard limit that needs no privilege.
//
// The risk: a task leak of that uid may go further before it is stopped. So the new limit is only
// twice what is in use, or 64 tasks more, whichever is larger.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "remediations/gate.hpp"
#include "remediations/unit_dropin.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::int64_t kMinimumMargin = 64;
constexpr std::int64_t kRounding = 64;

constexpr auto kCauses = std::to_array<std::string_view>({"nproc-limit"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "to",
     .type = policy::ParameterType::integer,
     .default_value = "auto",
     .takes_auto = true,
     .minimum = 1,
     .help = "soft limit to set; auto: twice the uid's tasks, at least 64 more, rounded up"},
});

bool blamed(const PlanInput& input) {
  return input.cause != nullptr && input.cause->id == kCauses.front();
}

/// Room for what runs now, one save child, and as much again (at least kMinimumMargin).
std::int64_t enough_for(std::int64_t tasks) {
  const std::int64_t wanted = tasks + 1 + std::max(tasks, kMinimumMargin);
  return (wanted + kRounding - 1) / kRounding * kRounding;
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto exempt = facts.flag("instance.nproc_exempt");
  if (!exempt) return no_answer(facts, "instance.nproc_exempt");
  if (*exempt) {
    return {Applicability::not_applicable,
            "RLIMIT_NPROC does not bind this server: it is root or holds CAP_SYS_RESOURCE"};
  }
  const auto soft = facts.integer("instance.nproc_soft");
  if (!soft) return no_answer(facts, "instance.nproc_soft");
  if (*soft == kUnlimited) {
    return {Applicability::already_good, "the server has no limit of processes"};
  }
  const auto tasks = facts.integer("instance.uid_tasks");
  if (!tasks && input.parameters.integer("to")) {
    return {Applicability::applicable, "the policy names the limit"};
  }
  if (!tasks) return no_answer(facts, "instance.uid_tasks");
  const std::string use =
      format_count(*tasks) + " tasks of the server's uid, soft limit " + format_count(*soft);
  const bool binds = *tasks >= *soft || (blamed(input) && enough_for(*tasks) > *soft);
  return {binds ? Applicability::applicable : Applicability::already_good, use};
}

std::string pair(std::int64_t soft, std::int64_t hard) {
  const auto word = [](std::int64_t limit) { return forkmend::to_string(FactValue(limit)); };
  return word(soft) + ":" + word(hard);
}

/// The limits as systemd.exec(5) spells them.
std::string unit_value(const std::string& limits) {
  std::string value;
  for (const std::string_view part : split(limits, ':')) {
    value += (value.empty() ? "" : ":") + (part == "unlimited" ? "infinity" : std::string(part));
  }
  return value;
}

struct Limits {
  std::int64_t soft = 0;
  std::int64_t hard = 0;
};

Step limit_step(const FactSet& facts, std::int64_t pid, Limits now, Limits then) {
  Step step;
  step.remedy = "nproc-limit";
  step.target.type = StepType::rlimit;
  step.target.name = "nproc";
  step.target.pid = pid;
  step.target.process_start =
      static_cast<std::uint64_t>(facts.integer("instance.start_time").value_or(0));
  step.before = pair(now.soft, now.hard);
  step.after = pair(then.soft, then.hard);
  step.scope = Scope::process;
  step.needs_root = then.hard != now.hard;
  const std::string line = "prlimit --pid " + std::to_string(pid) + " --nproc=";
  step.shell = line + *step.after;
  step.undo_shell = line + *step.before;
  step.why = "lets the server's uid have one more task, the save child";
  step.effects.emplace("instance.nproc_soft", then.soft);
  if (then.hard != now.hard) step.effects.emplace("instance.nproc_hard", then.hard);
  return step;
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  if (auto because = instance_is_not_ours(facts)) return Refusal{*because};
  const auto hard = facts.integer("instance.nproc_hard");
  if (!hard) return Refusal{why_missing(facts, "instance.nproc_hard")};
  const auto pid = facts.integer("instance.pid");
  if (!pid || *pid <= 0) return Refusal{why_missing(facts, "instance.pid")};
  // Without the start time a process that took over the pid could be changed instead.
  if (!facts.integer("instance.start_time")) {
    return Refusal{why_missing(facts, "instance.start_time")};
  }
  const Limits now = {facts.integer("instance.nproc_soft").value_or(0), *hard};
  const auto tasks = facts.integer("instance.uid_tasks");
  const auto named = input.parameters.integer("to");
  const std::int64_t soft = named ? *named : enough_for(tasks.value_or(0));
  if (soft <= now.soft || (tasks && soft <= *tasks)) {
    return Refusal{"a soft limit of " + format_count(soft) + " does not help: it is " +
                   format_count(now.soft) + " now" +
                   (tasks ? " with " + format_count(*tasks) + " tasks in use" : "")};
  }
  const Limits then = {soft, std::max(*hard, soft)};
  Proposal proposal;
  proposal.steps.push_back(limit_step(facts, *pid, now, then));
  proposal.predicted = "the server's uid may have " + format_count(soft) + " tasks instead of " +
                       format_count(now.soft);
  append(proposal,
         persist_unit_setting(input, {.remedy = "nproc-limit",
                                      .unit = facts.text("instance.unit").value_or(""),
                                      .cgroup = facts.text("instance.cgroup").value_or(""),
                                      .key = "LimitNPROC",
                                      .value = unit_value(pair(then.soft, then.hard))}));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kNprocLimit = {
    .id = "nproc-limit",
    .summary = "raise the running server's limit of processes (RLIMIT_NPROC)",
    .symptom =
        "\"Can't save in background: fork: Resource temporarily unavailable\"; the server's uid "
        "has as many tasks as \"Max processes\" of /proc/PID/limits allows",
    .changes =
        "RLIMIT_NPROC of the running server (prlimit); to keep it, LimitNPROC= in "
        "/etc/systemd/system/UNIT.d/50-forkmend.conf",
    .risk_note =
        "a task leak of the same uid is stopped later; the limit is raised to twice what is in "
        "use, not switched off",
    .undo_by_hand =
        "prlimit --pid PID --nproc=SOFT:HARD with the old values; delete the drop-in, then "
        "systemctl daemon-reload",
    .scope = Scope::process,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
