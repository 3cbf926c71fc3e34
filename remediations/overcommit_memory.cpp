// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: the kernel refuses fork() with ENOMEM because its accounting (__vm_enough_memory() in
// mm/util.c) says that a second copy of the server's memory could not be held, although a save
// copies only the pages that change meanwhile.
//
// Why this helps: with vm.overcommit_memory=1 that check always passes. It is asked at fork time,
// so the very next save is admitted; the server need not be restarted.
//
// The risk: if memory is truly short, a clean error becomes an OOM kill. So this is refused when
// the expected copy does not fit, and a strict mode 2, which somebody chose, is left unless the
// policy says otherwise.
#include <array>
#include <cstdint>
#include <string>

#include "base/text.hpp"
#include "host/neighbours.hpp"
#include "host/sysctl_order.hpp"
#include "remediations/gate.hpp"
#include "remediations/shell.hpp"
#include "remediations/sysctl_file.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kKey = "vm.overcommit_memory";
constexpr std::int64_t kAlways = 1;
constexpr std::int64_t kStrict = 2;

constexpr auto kCauses = std::to_array<std::string_view>({"overcommit-heuristic", "commit-limit"});

ProbeResult probe(const PlanInput& input) {
  const auto mode = input.facts.integer("host.overcommit_memory");
  if (!mode) return no_answer(input.facts, "host.overcommit_memory");
  if (*mode == kAlways) {
    return {Applicability::already_good,
            "vm.overcommit_memory is already 1: overcommit accounting refuses no fork"};
  }
  if (auto because = host_is_not_ours(input.facts, sysctl_line(kKey, "1"))) {
    return {
        input.facts.text("host.container") ? Applicability::not_applicable : Applicability::unknown,
        *because};
  }
  return {Applicability::applicable, "vm.overcommit_memory is " + std::to_string(*mode)};
}

Step mode_step(std::int64_t before) {
  Step step;
  step.remedy = "overcommit-memory";
  step.target.type = StepType::sysctl;
  step.target.name = kKey;
  step.before = std::to_string(before);
  step.after = std::to_string(kAlways);
  step.scope = Scope::host;
  step.needs_root = true;
  step.shell = sysctl_line(kKey, *step.after);
  step.undo_shell = sysctl_line(kKey, *step.before);
  step.why = "fork() is no longer refused for memory that a save will not need";
  step.effects.emplace("host.overcommit_memory", kAlways);
  return step;
}

/// A strict mode that the next boot brings back was chosen as well, whatever runs now.
Persistence persist(const PlanInput& input) {
  const auto boot = host::sysctl_order(input.root, kKey).winner;
  if (input.keep_strict_overcommit && boot && boot->value == std::to_string(kStrict)) {
    return not_persisted(printable(boot->file) + ":" + std::to_string(boot->line) +
                         " chooses strict overcommit for the next boot, which is kept");
  }
  return persist_sysctl(input, {.remedy = "overcommit-memory",
                                .key = std::string(kKey),
                                .value = std::to_string(kAlways),
                                .excludes = {}});
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  const std::int64_t mode = input.facts.integer("host.overcommit_memory").value_or(0);
  const auto neighbour = host::postgresql(input.root);
  const std::string postgres =
      neighbour ? "PostgreSQL (pid " + std::to_string(neighbour->pid) + ")" : std::string();
  if (mode == kStrict && input.keep_strict_overcommit) {
    return Refusal{"strict overcommit (vm.overcommit_memory=2) was chosen deliberately" +
                   (neighbour ? ", for which " + postgres + " asks," : std::string()) +
                   " and is kept; a rule for commit-limit that names overcommit-memory, or "
                   "keep_strict_overcommit = false in the policy's rails, permits leaving it"};
  }
  if (auto because = short_of_memory(input)) return Refusal{*because};
  Proposal proposal;
  proposal.steps.push_back(mode_step(mode));
  proposal.predicted = "overcommit accounting refuses no fork any more";
  if (mode == kStrict) {
    proposal.notes.emplace_back("this ends strict overcommit for every program of the host");
  }
  if (neighbour) {
    proposal.notes.push_back(postgres +
                             " runs here and asks for strict overcommit: with mode 1 it may be "
                             "OOM-killed where it would have been refused memory");
  }
  append(proposal, persist(input));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kOvercommitMemory = {
    .id = "overcommit-memory",
    .summary = "let fork() through: vm.overcommit_memory=1",
    .symptom =
        "\"Can't save in background: fork: Cannot allocate memory\" while memory is free; the log "
        "line \"Memory overcommit must be enabled!\" at the server's start",
    .changes =
        "vm.overcommit_memory of the host, for every program on it; to keep it, "
        "/etc/sysctl.d/99-zz-forkmend.conf",
    .risk_note =
        "programs are promised more memory than there is: refused when the copy that a save needs "
        "does not fit, since a clean error would become an OOM kill; a strict mode 2 is kept "
        "unless "
        "the policy says otherwise",
    .undo_by_hand =
        "sysctl -w vm.overcommit_memory=0 (or the old value); delete its line from "
        "/etc/sysctl.d/99-zz-forkmend.conf",
    .scope = Scope::host,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = {},
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
