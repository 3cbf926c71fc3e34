// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: resident memory is far above used memory, because live and freed allocations share
// pages. Copy-on-write and limits are reached although the data is small.
//
// Why this helps: active defragmentation (defrag.c) moves allocations together, beside the server's
// other work, until whole pages are free. It takes minutes to hours and pauses while a child runs.
//
// It needs the jemalloc that comes with the server's source (JEMALLOC_FRAG_HINT, zmalloc.h).
// Distributions link the system's jemalloc: such a server answers CONFIG SET activedefrag with an
// error. mem_allocator does not tell the two apart; a libjemalloc.so among its mappings does.
#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "base/units.hpp"
#include "host/process.hpp"
#include "remediations/config_file.hpp"
#include "remediations/gate.hpp"
#include "remediations/server_memory.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kParameter = "activedefrag";

constexpr auto kCauses = std::to_array<std::string_view>({"fragmentation", "memory-growth"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "ignore_bytes",
     .type = policy::ParameterType::size,
     .default_value = "100mb",
     .minimum = 1,
     .help = "active-defrag-ignore-bytes: fragmentation below this is let be"},
    {.name = "threshold_lower",
     .type = policy::ParameterType::percent,
     .default_value = "10%",
     .minimum = 0,
     .maximum = 1000,
     .help = "active-defrag-threshold-lower: percent of fragmentation at which it starts"},
    {.name = "threshold_upper",
     .type = policy::ParameterType::percent,
     .default_value = "100%",
     .minimum = 0,
     .maximum = 1000,
     .help = "active-defrag-threshold-upper: percent at which it takes its full share of a CPU"},
});

/// A jemalloc of the system: a shared library. The server's own is linked into it.
bool has_system_jemalloc(const PlanInput& input) {
  const auto pid = input.facts.integer("instance.pid");
  bool found = false;
  if (!pid) return false;
  const auto scanned =
      input.root.scan(host::proc_path(*pid, "maps"), [&found](std::string_view line) {
        found = found || line.find("/libjemalloc.so") != std::string_view::npos;
      });
  return scanned && found;
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto value = config_value(facts, kParameter);
  if (!value) return no_answer(facts, config_fact(kParameter));
  if (*value == "yes") {
    return {Applicability::already_good, "active defragmentation is on already"};
  }
  if (uses_jemalloc(facts) == false) {
    return {Applicability::not_applicable,
            "active defragmentation needs jemalloc, the server has " +
                facts.text("redis.mem_allocator").value_or("?")};
  }
  if (has_system_jemalloc(input)) {
    return {Applicability::not_applicable,
            "the server uses the system's libjemalloc, and active defragmentation needs the one of "
            "the server's own source: a build of the vendor has it, a distribution's has not"};
  }
  return {Applicability::applicable, "active defragmentation is off"};
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto server = server_address(facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  Proposal proposal;
  const auto set = [&](std::string_view parameter, std::string value, std::string why) {
    const auto now = config_value(facts, parameter);
    if (!now || *now == value) return;
    proposal.steps.push_back(config_step(facts, std::get<ServerAddress>(server),
                                         {.remedy = "active-defrag",
                                          .parameter = parameter,
                                          .value = std::move(value),
                                          .why = std::move(why)}));
  };
  const auto number = [&](std::string_view name) {
    return std::to_string(input.parameters.integer(name).value_or(0));
  };
  set("active-defrag-ignore-bytes", number("ignore_bytes"), "little is not worth the work");
  set("active-defrag-threshold-lower", number("threshold_lower"), "where it starts");
  set("active-defrag-threshold-upper", number("threshold_upper"), "where it works hardest");
  set(kParameter, "yes", "moves allocations together until whole pages are free");
  proposal.predicted = "resident memory comes down towards used memory over minutes to hours";
  if (const auto frag = facts.integer("redis.allocator_frag_bytes"); frag.value_or(0) > 0) {
    proposal.predicted += ", by up to " + format_size(*frag);
  }
  proposal.notes.emplace_back(
      "a server without the jemalloc of its own source refuses it; then nothing is changed");
  append(proposal, keep_in_config_file(input, proposal.steps));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kActiveDefrag = {
    .id = "active-defrag",
    .summary = "switch active defragmentation on",
    .symptom = "mem_fragmentation_ratio above 1.5 and a large allocator_frag_bytes in INFO memory",
    .changes =
        "CONFIG SET activedefrag yes, active-defrag-ignore-bytes, -threshold-lower and "
        "-threshold-upper; to keep them, blocks in the server's own configuration file",
    .risk_note = "takes 1 to 25 percent of the server's CPU while it works, so answers come later",
    .undo_by_hand = "CONFIG SET activedefrag no, and the old thresholds",
    .scope = Scope::instance,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
