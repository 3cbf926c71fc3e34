// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: a full synchronisation with a replica writes a snapshot to the primary's disk first
// (replication.c:startBgsaveForReplication()), and that disk is full, read-only or too slow. The
// replica never gets its copy.
//
// Why this helps: with repl-diskless-sync yes the child writes straight to the replicas' sockets.
// It is still a child: a fork that is refused, or a child that is killed, is not helped. Snapshots
// of the primary's own still go to the disk, so the incident ends mitigated.
//
// The risk: none for data. A slow replica keeps the child alive, and with it copy-on-write, longer
// than a disk would.
#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "remediations/config_file.hpp"
#include "remediations/gate.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kParameter = "repl-diskless-sync";
constexpr std::string_view kDelay = "repl-diskless-sync-delay";
constexpr std::int64_t kSecond = 1000;

constexpr auto kCauses = std::to_array<std::string_view>(
    {"disk-full", "inodes-exhausted", "quota-exceeded", "file-size-limit", "read-only-sandbox",
     "read-only-filesystem", "permission-denied", "immutable-or-sticky", "mac-denied",
     "missing-dir", "target-busy", "unsuitable-filesystem", "io-error", "slow-disk",
     "stale-temp-files"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "delay",
     .type = policy::ParameterType::duration,
     .default_value = "5s",
     .minimum = 0,
     .maximum = 3600 * kSecond,
     .help = "how long to wait for further replicas that can share the transfer; whole seconds"},
});

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto value = config_value(facts, kParameter);
  if (!value) return no_answer(facts, config_fact(kParameter));
  if (*value == "yes") {
    return {Applicability::already_good, "full synchronisations are diskless already"};
  }
  if (input.cause != nullptr && !blames_one_of(input, kCauses)) {
    return {
        Applicability::not_applicable,
        "a diskless synchronisation forks as any save does: it is no answer to " + input.cause->id};
  }
  const auto replicas = facts.integer("redis.connected_slaves");
  if (replicas == 0 && is_replica(facts) == true) {
    return {Applicability::not_applicable,
            "it is a setting of the primary's side, and nobody replicates from this replica"};
  }
  if (!replicas) return no_answer(facts, "redis.connected_slaves");
  if (*replicas == 0 && facts.text("failure.kind") != "replica-sync") {
    return {Applicability::not_applicable,
            "no replica is connected or tries to be: nothing would change"};
  }
  return {Applicability::applicable, "full synchronisations go through the primary's disk"};
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto server = server_address(facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  const auto& address = std::get<ServerAddress>(server);
  const std::string delay =
      std::to_string(input.parameters.integer("delay").value_or(5 * kSecond) / kSecond);
  Proposal proposal;
  if (const auto now = config_value(facts, kDelay); now && *now != delay) {
    proposal.steps.push_back(
        config_step(facts, address,
                    {.remedy = "diskless-replication",
                     .parameter = kDelay,
                     .value = delay,
                     .why = "replicas that come together share one transfer, and one fork"}));
  }
  proposal.steps.push_back(
      config_step(facts, address,
                  {.remedy = "diskless-replication",
                   .parameter = kParameter,
                   .value = "yes",
                   .why = "the next full synchronisation does not touch the primary's disk"}));
  proposal.predicted =
      "replicas can synchronise without the primary's disk; its own snapshots still "
      "need it";
  proposal.notes.emplace_back(
      "a diskless synchronisation still forks: it cures the disk, not a "
      "refused fork");
  proposal.notes.push_back(not_kept_note(
      "a synchronisation that works is no proof for the primary's own saves", proposal.steps));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kDisklessReplication = {
    .id = "diskless-replication",
    .summary = "send full synchronisations straight to the replicas, not through the disk",
    .symptom =
        "replicas never finish their full synchronisation: \"SYNC failed. BGSAVE child returned an "
        "error\" on the primary, whose disk is full, read-only or slow",
    .changes = "CONFIG SET repl-diskless-sync yes and repl-diskless-sync-delay",
    .risk_note = "a slow replica keeps the child, and what it makes the server copy, alive longer",
    .undo_by_hand = "CONFIG SET repl-diskless-sync no, and the old repl-diskless-sync-delay",
    .scope = Scope::instance,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
    .mitigates = true,
};

}  // namespace forkmend::remediations
