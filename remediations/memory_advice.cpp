// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: there is too little memory for the server and for what it copies while a child saves.
//
// Why there is nothing to do here: memory is bought, given by whoever runs the host, or freed by
// whoever owns the data. What helps that person is the sum: what is needed, what of it is measured
// and what estimated, and which part is large. The rule of thumb "memory x 1.5" stands beside it,
// as it is what people compare with.
//
// The risk: none, nothing is changed.
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
#include "remediations/remediation.hpp"

namespace forkmend::remediations {

namespace {

constexpr auto kCauses = std::to_array<std::string_view>(
    {"memory-shortage", "memory-growth", "host-oom", "cgroup-oom", "fragmentation"});

/// Bytes a day by the agent's own samples.
constexpr std::string_view kGrowth = "instance.growth.used_memory";

/// What the server holds in RAM: by the kernel, else by its own word.
std::optional<std::int64_t> resident(const FactSet& facts) {
  for (const auto* name : {"instance.rss", "redis.used_memory_rss", "redis.used_memory"}) {
    if (const auto bytes = facts.integer(name); bytes && *bytes > 0) return bytes;
  }
  return std::nullopt;
}

/// The sum of what a save needs.
struct Need {
  std::int64_t resident = 0;
  std::int64_t copied = 0;
  std::int64_t page_tables = 0;
  std::int64_t others = 0;
  [[nodiscard]] std::int64_t sum() const { return resident + copied + page_tables + others; }
};

/// Memory that is in use by everything but the server; page cache is not in use.
std::int64_t used_by_others(const FactSet& facts, std::int64_t resident) {
  const auto total = facts.integer("host.mem_total");
  const auto available = facts.integer("host.mem_available");
  if (!total || !available) return 0;
  return std::max<std::int64_t>(*total - *available - resident, 0);
}

std::optional<Need> need_of(const PlanInput& input) {
  const auto held = resident(input.facts);
  const auto& copy = input.forecast.cow.estimate;
  if (!held || !copy) return std::nullopt;
  Need need;
  need.resident = *held;
  need.page_tables = input.facts.integer("instance.vm_pte").value_or(*held / 512);
  need.copied = std::max<std::int64_t>(copy->likely - need.page_tables, 0);
  need.others = used_by_others(input.facts, *held);
  return need;
}

std::string basis_of(const FactSet& facts) {
  if (facts.integer("redis.rdb_last_cow_size").value_or(0) > 0) {
    return "measured at the last save, and a quarter more for growth";
  }
  const bool rate = facts.integer("redis.rdb_changes_since_last_save") &&
                    facts.integer("redis.rdb_last_save_time");
  return rate ? "from the rate of changes over the length of a save"
              : "half of its memory, as no save has measured it yet";
}

/// "4 GiB resident + 1 GiB copied while it saves (...) + 8 MiB page tables + 2 GiB of everything
/// else = 7 GiB".
std::string sum_of(const Need& need, const FactSet& facts) {
  std::string text = format_size(need.resident) + " resident + " + format_size(need.copied) +
                     " copied while it saves (" + basis_of(facts) + ") + " +
                     format_size(need.page_tables) + " page tables";
  if (need.others > 0) text += " + " + format_size(need.others) + " of everything else here";
  return text + " = " + format_size(need.sum());
}

/// Against what this host has, swap apart: a save that has to swap takes long and stalls the
/// server.
std::string verdict_on(const Need& need, const FactSet& facts) {
  const auto total = facts.integer("host.mem_total");
  if (!total) return "how much RAM there is is not known";
  std::string has = "this host has " + format_size(*total) + " of RAM";
  if (*total >= need.sum()) return has;
  return has + ", " + format_size(need.sum() - *total) + " less";
}

std::string rule_of_thumb(const Need& need) {
  return "the rule of thumb (memory x 1.5) wants " +
         format_size(need.resident + need.resident / 2) +
         " for this server alone; it is right where half of the memory is written during a save";
}

/// Where a cgroup is what runs out, RAM of the host does not help.
void add_limit(std::vector<std::string>& notes, const PlanInput& input, const Need& need) {
  const std::string& binding = input.forecast.cow.binding;
  if (binding.empty() || binding == "host") return;
  notes.push_back("what runs out first is the memory limit of " + printable(binding) +
                  ": it has to hold at least " +
                  format_size(need.resident + need.copied + need.page_tables) +
                  " and what else runs in that cgroup");
}

struct Part {
  std::string_view what;
  std::int64_t bytes = 0;
};

std::vector<Part> parts_of(const FactSet& facts) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kFields = {
      {{"redis.used_memory_dataset", "the data set"},
       {"redis.mem_clients_normal", "buffers of clients"},
       {"redis.mem_clients_slaves", "buffers of replicas"},
       {"redis.mem_replication_backlog", "the replication backlog"},
       {"redis.mem_aof_buffer", "AOF buffers"},
       {"redis.used_memory_scripts", "scripts"}}};
  std::vector<Part> parts;
  for (const auto& [fact, what] : kFields) {
    if (const auto bytes = facts.integer(fact); bytes && *bytes > 0)
      parts.push_back({what, *bytes});
  }
  const auto used = facts.integer("redis.used_memory");
  const auto rss = facts.integer("redis.used_memory_rss");
  if (used && rss && *rss > *used) {
    parts.push_back({"what the allocator holds beyond the data (fragmentation)", *rss - *used});
  }
  std::ranges::sort(parts, std::ranges::greater{}, &Part::bytes);
  return parts;
}

/// The two largest; the rest is noise.
void add_parts(std::vector<std::string>& notes, const FactSet& facts) {
  const auto parts = parts_of(facts);
  if (parts.empty()) return;
  std::string text =
      "the largest part is " + std::string(parts[0].what) + ", " + format_size(parts[0].bytes);
  if (parts.size() > 1) {
    text += ", then " + std::string(parts[1].what) + ", " + format_size(parts[1].bytes);
  }
  notes.push_back(std::move(text));
}

void add_growth(std::vector<std::string>& notes, const FactSet& facts) {
  if (const auto growth = facts.integer(kGrowth)) {
    notes.push_back(*growth > 0 ? "it grows by " + format_size(*growth) + " a day"
                                : std::string("it does not grow"));
    return;
  }
  std::string text =
      "whether it grows is not known, as that takes samples over hours: compare used_memory then";
  if (const auto peak = facts.integer("redis.used_memory_peak")) {
    text += " (its peak so far was " + format_size(*peak) + ")";
  }
  notes.push_back(std::move(text));
}

/// SCAN and MEMORY USAGE cost the server time: a person starts that, with a bound and at a pace.
void add_big_keys(std::vector<std::string>& notes, const FactSet& facts) {
  const auto endpoint = facts.text("instance.endpoint");
  if (!endpoint) return;
  notes.push_back(
      "which keys are large (takes 5 s, a fifth of them of the server's time; --key-names shows "
      "names): forkmend -i " +
      shell_quote(*endpoint) + " diagnose --big-keys");
}

ProbeResult probe(const PlanInput& input) {
  if (!resident(input.facts)) return no_answer(input.facts, "redis.used_memory");
  if (!input.forecast.cow.estimate) {
    return {Applicability::unknown, "how much a save copies is not known"};
  }
  return {Applicability::applicable, "what a save needs can be summed up"};
}

PlanResult plan(const PlanInput& input) {
  const auto need = need_of(input);
  if (!need) return Refusal{probe(input).because};
  Proposal advice;
  advice.predicted =
      "memory for a save: " + sum_of(*need, input.facts) + "; " + verdict_on(*need, input.facts);
  advice.notes.push_back(rule_of_thumb(*need));
  add_limit(advice.notes, input, *need);
  add_parts(advice.notes, input.facts);
  add_growth(advice.notes, input.facts);
  add_big_keys(advice.notes, input.facts);
  return advice;
}

}  // namespace

extern constexpr RemediationSpec kMemoryAdvice = {
    .id = "memory-advice",
    .summary = "say how much memory a save needs, why, and what takes it",
    .symptom =
        "the child is killed by the kernel, or memory runs out whenever a save runs, and no "
        "setting makes room",
    .changes = "nothing: it is advice",
    .risk_note = "none, as nothing is changed",
    .undo_by_hand = "nothing to undo",
    .scope = Scope::advice,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = {},
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
