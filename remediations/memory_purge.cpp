// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: jemalloc keeps pages that the server has freed, so that the server is larger for the
// host and for its cgroup than its data. Copy-on-write and limits then are reached early.
//
// Why this helps: MEMORY PURGE (object.c:memoryCommand(), zmalloc.c:jemalloc_purge()) gives unused
// dirty pages of all arenas back at once. What a fork is charged in strict overcommit stays: the
// mappings keep their size.
//
// The risk: none for data; a moment of work for the server, which is single-threaded.
#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "base/units.hpp"
#include "remediations/gate.hpp"
#include "remediations/server_memory.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kUnused = "redis.allocator_rss_bytes";
constexpr std::int64_t kMiB = std::int64_t{1} << 20;

constexpr auto kCauses = std::to_array<std::string_view>(
    {"fragmentation", "memory-shortage", "host-oom", "cgroup-oom", "cgroup-memory-refusal",
     "memory-high-throttle", "swap-thrash"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "at_least",
     .type = policy::ParameterType::size,
     .default_value = "32MiB",
     .minimum = 0,
     .help = "not done for less than this that the allocator could give back"},
});

ProbeResult probe(const PlanInput& input) {
  const auto jemalloc = uses_jemalloc(input.facts);
  if (!jemalloc) return no_answer(input.facts, "redis.mem_allocator");
  if (!*jemalloc) {
    return {Applicability::not_applicable,
            "MEMORY PURGE does nothing with the allocator " +
                input.facts.text("redis.mem_allocator").value_or("?")};
  }
  // allocator_resident - allocator_active of INFO memory, 5.0 and newer.
  const auto unused = input.facts.integer(kUnused);
  if (!unused) return no_answer(input.facts, kUnused);
  const std::int64_t least = input.parameters.integer("at_least").value_or(32 * kMiB);
  if (*unused < least || *unused <= 0) {
    return {Applicability::already_good, "the allocator holds only " +
                                             format_size(*unused > 0 ? *unused : 0) +
                                             " that it does not use"};
  }
  return {Applicability::applicable,
          "the allocator holds " + format_size(*unused) + " that it does not use"};
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto server = server_address(input.facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  const std::int64_t unused = input.facts.integer(kUnused).value_or(0);
  Step step = command_step("memory-purge", std::get<ServerAddress>(server), "MEMORY PURGE",
                           "gives pages back that the allocator keeps without using them");
  step.effects = release_effects(input.facts, unused);
  Proposal proposal;
  proposal.steps.push_back(std::move(step));
  proposal.predicted = "up to " + format_size(unused) + " of resident memory go back to the host";
  if (const auto frag = input.facts.integer("redis.allocator_frag_bytes"); frag.value_or(0) > 0) {
    proposal.notes.push_back(format_size(*frag) +
                             " more lie in pages that are partly used: only active "
                             "defragmentation gets them back");
  }
  proposal.notes.emplace_back(
      "nothing of it lasts: the allocator may take the pages again as the server works");
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kMemoryPurge = {
    .id = "memory-purge",
    .summary = "give back memory that the allocator keeps without using it",
    .symptom = "mem_fragmentation_ratio is high and allocator_rss_bytes of INFO memory is large",
    .changes = "nothing that stays: MEMORY PURGE is sent once (jemalloc only)",
    .risk_note = "the server does not answer while jemalloc walks its arenas, milliseconds a GB",
    .undo_by_hand = "nothing to undo",
    .scope = Scope::instance,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
