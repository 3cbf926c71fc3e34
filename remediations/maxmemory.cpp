// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: the server is so large that what a save copies no longer fits beside it, on the host
// or under a memory limit of its cgroups, and the OOM killer ends the child or the server.
//
// Why this helps: below maxmemory the server evicts keys, and MEMORY PURGE gives their pages back.
// The limit is lowered in steps of a tenth of what is used, each awaited, with PING answered in
// time (engine/eviction_watch), so that eviction does not stall the server. Strict overcommit is
// not helped: the kernel charges the size of the mappings, and jemalloc keeps those.
//
// The risk: below what is used, or little above it, data is evicted, and no undo brings it back.
// The policy decides which: keys that nobody gave a TTL only where server or rule says so by name.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "remediations/config_file.hpp"
#include "remediations/eviction.hpp"
#include "remediations/gate.hpp"
#include "remediations/server_memory.hpp"
#include "remediations/server_step.hpp"
#include "remediations/shell.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kLimit = "maxmemory";
constexpr std::string_view kPolicy = "maxmemory-policy";
/// Of used memory, per step.
constexpr std::int64_t kSlices = 10;
/// A server without a tenth of room to grow into evicts soon, if not at once.
constexpr std::int64_t kRoom = 10;

constexpr auto kCauses = std::to_array<std::string_view>(
    {"memory-shortage", "host-oom", "cgroup-oom", "cgroup-memory-refusal", "memory-growth",
     "memory-high-throttle", "swap-thrash"});
/// evict.c, 4.0 and newer.
constexpr auto kPolicies = std::to_array<std::string_view>(
    {"keep", "noeviction", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
     "allkeys-lru", "allkeys-lfu", "allkeys-random"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "to",
     .type = policy::ParameterType::size,
     .default_value = "auto",
     .takes_auto = true,
     .minimum = std::int64_t{1} << 20,
     .help = "maxmemory; auto: the largest with which a fork and what it copies fit, and never "
             "below half of what is used"},
    {.name = "policy",
     .type = policy::ParameterType::choice,
     .default_value = "auto",
     .takes_auto = true,
     .choices = kPolicies,
     .help = "maxmemory-policy; auto: the server's own, or volatile-lru where keys with a TTL are "
             "enough"},
    {.name = "purge",
     .type = policy::ParameterType::boolean,
     .default_value = "true",
     .help = "MEMORY PURGE afterwards (jemalloc)"},
});

/// All that the steps are made from.
struct Lowering {
  ServerAddress server;
  std::int64_t counted = 0;  ///< what counts against maxmemory
  std::int64_t from = 0;     ///< the limit that is in force, or what is used
  std::int64_t to = 0;
  EvictionPolicy policy;

  [[nodiscard]] std::int64_t to_go() const { return std::max<std::int64_t>(counted - to, 0); }
  [[nodiscard]] bool may_evict() const { return to - counted < counted / kRoom; }
  [[nodiscard]] Risk risk() const { return may_evict() ? Risk::lossy : Risk::safe; }
};

std::optional<std::int64_t> limit_now(const FactSet& facts) {
  const auto text = config_value(facts, kLimit);
  return text ? parse_integer(*text) : std::nullopt;
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  if (!limit_now(facts)) return no_answer(facts, config_fact(kLimit));
  if (!counted_memory(facts)) return no_answer(facts, "redis.used_memory");
  if (input.cause != nullptr && !blames_one_of(input, kCauses)) {
    return {Applicability::not_applicable,
            "less data is no answer to " + input.cause->id + ": memory is not what fails"};
  }
  const auto replica = is_replica(facts);
  if (!replica) return no_answer(facts, "redis.role");
  // replica-ignore-maxmemory, 5.0 and newer.
  const std::string ignores = config_value(facts, "replica-ignore-maxmemory").value_or("no");
  if (*replica && ignores == "yes") {
    return {Applicability::not_applicable,
            "a replica ignores maxmemory (replica-ignore-maxmemory yes): lower it on its primary"};
  }
  return {Applicability::applicable, "it uses " + format_size(*counted_memory(facts))};
}

std::string limit_name(std::int64_t limit) {
  return limit == 0 ? "no limit" : format_size(limit);
}

std::variant<Lowering, Refusal> decide(const PlanInput& input) {
  auto server = server_address(input.facts);
  if (auto* refusal = std::get_if<Refusal>(&server)) return std::move(*refusal);
  const auto chosen = choose_maxmemory(input, kCauses);
  if (const auto* refusal = std::get_if<Refusal>(&chosen)) return *refusal;
  Lowering lowering{.server = std::move(std::get<ServerAddress>(server)),
                    .counted = counted_memory(input.facts).value_or(0),
                    .from = 0,
                    .to = std::get<std::int64_t>(chosen),
                    .policy = {}};
  const std::int64_t now = limit_now(input.facts).value_or(0);
  if (now != 0 && now <= lowering.to) {
    return Refusal{"maxmemory is " + limit_name(now) + " already, and " + format_size(lowering.to) +
                   " is all that is needed"};
  }
  lowering.from = now == 0 ? lowering.counted : std::min(now, lowering.counted);
  auto policy = choose_policy(input, lowering.to_go());
  if (auto* refusal = std::get_if<Refusal>(&policy)) return std::move(*refusal);
  lowering.policy = std::move(std::get<EvictionPolicy>(policy));
  return lowering;
}

/// From what is used down to the limit, a tenth of it at a time; the limit itself is the last.
std::vector<std::int64_t> stages(const Lowering& lowering) {
  std::vector<std::int64_t> all;
  const std::int64_t slice = std::max<std::int64_t>(lowering.counted / kSlices, 1);
  for (std::int64_t at = lowering.from - slice; at > lowering.to; at -= slice) all.push_back(at);
  all.push_back(lowering.to);
  return all;
}

void add_policy(Proposal& proposal, const FactSet& facts, const Lowering& lowering) {
  if (config_value(facts, kPolicy) == lowering.policy.name) return;
  proposal.steps.push_back(
      config_step(facts, lowering.server,
                  {.remedy = "maxmemory",
                   .parameter = kPolicy,
                   .value = lowering.policy.name,
                   .why = "decides which keys go",
                   .risk = lowering.policy.name == "noeviction" ? lowering.risk() : Risk::lossy}));
}

void add_limit(Proposal& proposal, const FactSet& facts, const Lowering& lowering) {
  std::optional<std::string> before = config_value(facts, kLimit);
  const std::string undo = config_set_line(lowering.server.endpoint, kLimit, before.value_or("0"));
  for (const std::int64_t stage : stages(lowering)) {
    Step step = config_step(facts, lowering.server,
                            {.remedy = "maxmemory",
                             .parameter = kLimit,
                             .value = std::to_string(stage),
                             .why = "keeps the server small enough to be copied",
                             .risk = lowering.risk()});
    step.before = std::exchange(before, step.after);
    step.undo_shell = undo;
    step.target.may_evict = lowering.may_evict();
    proposal.steps.push_back(std::move(step));
  }
  if (!lowering.policy.frees) return;
  auto& effects = proposal.steps.back().effects;
  effects.merge(release_effects(facts, lowering.to_go()));
  const auto used = facts.integer("redis.used_memory").value_or(lowering.counted);
  effects["redis.used_memory"] = used - lowering.to_go();
}

void add_purge(Proposal& proposal, const PlanInput& input, const Lowering& lowering) {
  if (lowering.to_go() == 0 || !lowering.policy.frees) return;
  if (input.parameters.flag("purge").value_or(true) && uses_jemalloc(input.facts) == true) {
    proposal.steps.push_back(command_step("maxmemory", lowering.server, "MEMORY PURGE",
                                          "gives the pages of evicted keys back"));
  }
  proposal.notes.emplace_back(
      "resident memory may stay higher than the data: pages that evicted keys share with others "
      "come back only by active defragmentation or a restart");
}

std::string predicted(const FactSet& facts, const Lowering& lowering, std::size_t steps) {
  std::string text = "maxmemory " + format_size(lowering.to) + " instead of " +
                     limit_name(limit_now(facts).value_or(0));
  if (!lowering.may_evict()) return text + ": nothing is evicted now, growth ends there";
  if (lowering.to_go() == 0) {
    return text + ": that is less than a tenth above the " + format_size(lowering.counted) +
           " in use, so that keys may be evicted, or writes refused, at once";
  }
  if (!lowering.policy.frees) return text + ": " + lowering.policy.says;
  return text + ": about " + format_size(lowering.to_go()) + " of keys are evicted in " +
         std::to_string(steps) + " steps; " + lowering.policy.says;
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto decided = decide(input);
  if (const auto* refusal = std::get_if<Refusal>(&decided)) return *refusal;
  const auto& lowering = std::get<Lowering>(decided);
  Proposal proposal;
  add_policy(proposal, input.facts, lowering);
  add_limit(proposal, input.facts, lowering);
  proposal.predicted = predicted(input.facts, lowering, stages(lowering).size());
  if (lowering.to_go() > 0) {
    proposal.notes.emplace_back("an undo brings the setting back, not the keys");
  }
  add_purge(proposal, input, lowering);
  append(proposal, keep_in_config_file(input, proposal.steps));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kMaxmemory = {
    .id = "maxmemory",
    .summary = "lower maxmemory until a fork and what it copies fit",
    .symptom =
        "\"Background saving terminated by signal 9\" with an OOM kill of the host or of the "
        "server's cgroup, or a forecast of one",
    .changes =
        "CONFIG SET maxmemory-policy and maxmemory, in steps, then MEMORY PURGE; to keep them, "
        "blocks in the server's own configuration file",
    .risk_note =
        "below what is used, or less than a tenth above it, keys are evicted for good, or writes "
        "refused (noeviction); further above nothing is lost",
    .undo_by_hand =
        "CONFIG SET maxmemory and maxmemory-policy with the old values; delete the lines between "
        "the marks of forkmend in the server's configuration file",
    .scope = Scope::instance,
    .risk = Risk::lossy,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
