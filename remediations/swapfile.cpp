// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: fork() is refused in strict overcommit (mode 2) because CommitLimit, which is a share
// of RAM and the whole of swap, is too small; or a save is killed because what it copies does not
// fit into memory.
//
// Why this helps: every byte of swap raises CommitLimit by one (vm_commit_limit() of mm/util.c),
// used or not, and gives the host somewhere to put pages while a save copies. A file needs no
// partition and can go again.
//
// The risk: a host that does swap gets slow, and a server that answers late may be failed over; the
// file takes room on a disk; pages of the heap lie on that disk in plain text. So it is the last
// in use (no priority of its own), on another disk than the saves where there is one, and leaves
// room for two saves where there is not.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "forecast/commit.hpp"
#include "remediations/gate.hpp"
#include "remediations/swap_need.hpp"
#include "remediations/swap_place.hpp"
#include "remediations/swap_unit.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
constexpr std::int64_t kUnit = 64 * kMebibyte;  ///< sizes are multiples of it
constexpr std::int64_t kNoPriority = -1;

constexpr auto kCauses = std::to_array<std::string_view>(
    {"commit-limit", "overcommit-heuristic", "memory-shortage", "host-oom"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "size",
     .type = policy::ParameterType::size,
     .default_value = "auto",
     .takes_auto = true,
     .minimum = kMebibyte,
     .maximum = std::int64_t{1} << 44,
     .help = "of the file; auto: what is short, an eighth more (at least 64 MiB), in 64 MiB"},
    {.name = "max_size",
     .type = policy::ParameterType::size,
     .default_value = "8GiB",
     .minimum = kMebibyte,
     .maximum = std::int64_t{1} << 44,
     .help = "with auto: nothing is done where more would be needed"},
    {.name = "path",
     .type = policy::ParameterType::text,
     .default_value = "auto",
     .takes_auto = true,
     .help =
         "a full path with \"forkmend\" in its last part; auto: swap.forkmend in /var/lib, /var, "
         "/opt, /srv, /home or /mnt, on another disk than the saves where one is suitable"},
    {.name = "priority",
     .type = policy::ParameterType::integer,
     .default_value = "-1",
     .minimum = kNoPriority,
     .maximum = 32767,
     .help = "of swapon; -1: none, so that every other swap is used first"},
});

ProbeResult probe(const PlanInput& input) {
  const auto need = swap_need(input);
  if (const auto* answer = std::get_if<ProbeResult>(&need)) return *answer;
  for (const std::string_view name : {"host.swap_total", "host.swap_free", "host.page_size"}) {
    if (!input.facts.integer(name)) return no_answer(input.facts, name);
  }
  return {Applicability::applicable, std::get<SwapNeed>(need).says};
}

/// What the file takes; the page of its header is no swap.
std::variant<std::int64_t, Refusal> size_for(const PlanInput& input, const SwapNeed& need,
                                             std::int64_t page) {
  const std::int64_t wanted = need.bytes + page;
  if (const auto named = input.parameters.integer("size")) {
    if (*named >= wanted) return *named / page * page;
    return Refusal{"a swap file of " + format_size(*named) + " is not enough: " + need.says};
  }
  const std::int64_t headroom = std::max(need.bytes / 8, kUnit);
  const std::int64_t size = (wanted + headroom + kUnit - 1) / kUnit * kUnit;
  const auto most = input.parameters.integer("max_size");
  if (!most || size <= *most) return size;
  if (wanted <= *most) return *most / page * page;
  return Refusal{need.says + ", and max_size allows a swap file of " + format_size(*most)};
}

std::map<std::string, FactValue> effects_of(const FactSet& facts, std::int64_t added) {
  std::map<std::string, FactValue> effects;
  for (const auto* name : {"host.swap_total", "host.swap_free", "host.free_for_heuristic"}) {
    if (const auto value = facts.integer(name)) effects.emplace(name, *value + added);
  }
  if (auto settings = forecast::commit_settings(facts)) {
    settings->swap_total += added;
    effects.emplace("host.commit_limit", forecast::commit_limit_bytes(*settings));
  }
  return effects;
}

std::string swapon_line(const std::string& path, std::int64_t bytes, std::int64_t priority) {
  const std::string file = shell_quote(path);
  const std::string option =
      priority >= 0 ? " --priority " + std::to_string(priority) : std::string();
  // Made with noclobber, so that what is there is left alone; fallocate alone would take it.
  return "(umask 077; set -C; : > " + file + ") && fallocate -l " + std::to_string(bytes) + " " +
         file + " && mkswap -L forkmend " + file + " && swapon" + option + " " + file;
}

Step swap_step(const PlanInput& input, const std::string& path, std::int64_t bytes) {
  const std::int64_t priority = input.parameters.integer("priority").value_or(kNoPriority);
  const std::int64_t page = input.facts.integer("host.page_size").value_or(0);
  Step step;
  step.remedy = "swapfile";
  step.target.type = StepType::swap;
  step.target.name = path;
  step.after = "size=" + std::to_string(bytes) + " priority=" + std::to_string(priority);
  step.scope = Scope::host;
  step.risk = Risk::disruptive;
  step.needs_root = true;
  step.shell = swapon_line(path, bytes, priority);
  step.undo_shell = "swapoff " + shell_quote(path) + " && rm " + shell_quote(path);
  step.why = "swap raises what the kernel may promise and what a save may copy";
  step.effects = effects_of(input.facts, bytes - page);
  return step;
}

/// More swap would let the fork through and the save die: refused as any other remedy does.
std::optional<std::string> short_even_so(const PlanInput& input, const Step& step) {
  const FactSet then = input.facts.with(step.effects);
  return short_of_memory({.facts = then,
                          .forecast = input.forecast,
                          .cause = input.cause,
                          .parameters = input.parameters,
                          .root = input.root,
                          .keep_strict_overcommit = input.keep_strict_overcommit});
}

void add_notes(const PlanInput& input, const SwapPlace& place, Proposal& proposal) {
  if (place.on_save_disk) {
    proposal.notes.emplace_back(
        "it lies on the disk of the saves: swapping and saving at the same "
        "time slow each other down");
  }
  if (input.facts.integer("redis.cluster_enabled") == 1) {
    const auto timeout = input.facts.text("redis.config.cluster-node-timeout");
    proposal.notes.push_back(
        "it is a node of a cluster: a host that swaps stalls it, and once it is silent for longer "
        "than cluster-node-timeout" +
        (timeout ? " (" + printable(*timeout, 20) + " ms)" : std::string()) +
        " the others fail it over");
  }
  const std::int64_t levels = input.facts.integer("instance.memory.levels").value_or(0);
  for (std::int64_t i = 0; i < levels; ++i) {
    const std::string level = "instance.memory." + std::to_string(i) + ".";
    if (input.facts.integer(level + "swap_max") != 0) continue;
    proposal.notes.push_back(
        "memory.swap.max of " + printable(input.facts.text(level + "path").value_or(level)) +
        " is 0: the server itself is never swapped out; CommitLimit counts the swap all the same");
    break;
  }
  proposal.notes.emplace_back("what is swapped out lies on the disk in plain text");
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const SwapNeed need = std::get<SwapNeed>(swap_need(input));
  const std::int64_t page = input.facts.integer("host.page_size").value_or(0);
  const auto size = size_for(input, need, page);
  if (const auto* refusal = std::get_if<Refusal>(&size)) return *refusal;
  const auto bytes = std::get<std::int64_t>(size);
  if (auto because = host_is_not_ours(input.facts,
                                      swapon_line("/var/lib/swap.forkmend", bytes, kNoPriority))) {
    return Refusal{*because};
  }
  if (auto because = instance_is_not_ours(input.facts)) return Refusal{*because};
  const auto chosen = choose_swap_place(input, input.parameters.text("path"), bytes);
  if (const auto* refusal = std::get_if<Refusal>(&chosen)) return *refusal;
  const auto& place = std::get<SwapPlace>(chosen);
  Step step = swap_step(input, place.path, bytes);
  if (auto because = short_even_so(input, step)) return Refusal{*because};
  Proposal proposal;
  proposal.predicted = format_size(bytes) + " more swap, in " + printable(place.path);
  if (step.effects.contains("host.commit_limit")) {
    proposal.predicted += "; CommitLimit is " +
                          format_size(std::get<std::int64_t>(step.effects["host.commit_limit"]));
  }
  proposal.steps.push_back(std::move(step));
  add_notes(input, place, proposal);
  append(proposal, persist_swap(input, place.path,
                                input.parameters.integer("priority").value_or(kNoPriority)));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kSwapfile = {
    .id = "swapfile",
    .summary = "add a swap file, just large enough for the next fork",
    .symptom =
        "\"Can't save in background: fork: Cannot allocate memory\" with vm.overcommit_memory=2 "
        "and a CommitLimit that RAM alone cannot raise, or saves that the OOM killer ends",
    .changes =
        "a file swap.forkmend of mode 0600 with the label forkmend, in use as swap; to keep it, a "
        ".swap unit in /etc/systemd/system and a drop-in of swap.target",
    .risk_note =
        "a host that swaps is slow, so that a server may be failed over; the file takes room on a "
        "disk, and pages of memory lie on it in plain text. Refused on file systems that take no "
        "swap file, and where two saves would not fit beside it",
    .undo_by_hand =
        "swapoff PATH && rm PATH; delete its unit and /etc/systemd/system/swap.target.d/"
        "50-forkmend.conf, then systemctl daemon-reload. Look with swapon --show first: what is "
        "used has to fit into memory",
    .scope = Scope::host,
    .risk = Risk::disruptive,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
