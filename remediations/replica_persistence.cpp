// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: the primary cannot fork, or a save hurts it, while its replicas save the same data.
//
// Why this helps: without save points the primary does not fork for itself and refuses no writes.
// What is on disk is on the replicas' disks.
//
// The risk: a primary that restarts without a snapshot starts empty, and its replicas then copy
// that emptiness over what they have. So it takes somebody's word that a named replica really
// persists (a primary sees addresses and offsets of replicas, not their settings), and that replica
// must be connected and in step at this moment.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/text.hpp"
#include "remediations/gate.hpp"
#include "remediations/save_points.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kParameter = "save";
/// Seconds since a replica last reported; they do so every second (replicationCron()).
constexpr std::int64_t kLargestLag = 10;

constexpr auto kCauses = std::to_array<std::string_view>(
    {"overcommit-heuristic", "commit-limit", "memory-shortage", "cgroup-oom",
     "cgroup-memory-refusal", "host-oom", "nproc-limit", "pids-limit", "system-task-limit",
     "disk-full", "slow-disk", "slow-fork", "swap-thrash"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "proof",
     .type = policy::ParameterType::text,
     .default_value = "",
     .help = "ADDRESS:PORT of a replica that somebody has seen to persist; without it: refused"},
});

/// One slaveN line of INFO replication.
struct Replica {
  std::string address;
  std::string state;
  std::int64_t lag = kLargestLag + 1;
};

Replica read_replica(std::string_view text) {
  Replica replica;
  std::string port;
  for (const std::string_view part : split(text, ',')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = part.substr(0, equals);
    const std::string value(part.substr(equals + 1));
    if (name == "ip") replica.address = value;
    if (name == "port") port = value;
    if (name == "state") replica.state = value;
    if (name == "lag") replica.lag = parse_integer(value).value_or(replica.lag);
  }
  replica.address += ":" + port;
  return replica;
}

std::optional<Replica> find_replica(const FactSet& facts, const std::string& address) {
  const std::int64_t count = facts.integer("redis.connected_slaves").value_or(0);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto text = facts.text("redis.slave" + std::to_string(i));
    if (!text) continue;
    Replica replica = read_replica(*text);
    if (replica.address == address) return replica;
  }
  return std::nullopt;
}

std::string how_to_prove() {
  return "; on a replica, see that rdb_last_bgsave_status is ok and rdb_last_save_time recent "
         "(redis-cli -h ADDRESS -p PORT info persistence) and that CONFIG GET save or appendonly "
         "says so, then name it in the policy: proof = \"ADDRESS:PORT\"";
}

/// Why nobody knows that the data is kept elsewhere; nullopt: the named replica has it.
std::optional<std::string> not_proven(const FactSet& facts, const std::string& proof) {
  if (proof.empty()) {
    return "nothing here proves that a replica persists: a primary sees where its replicas are, "
           "not whether they save" +
           how_to_prove();
  }
  const auto replica = find_replica(facts, proof);
  if (!replica) return "no replica " + printable(proof, 80) + " is connected" + how_to_prove();
  if (replica->state != "online" || replica->lag > kLargestLag) {
    return "the replica " + printable(proof, 80) + " is not in step: state " +
           printable(replica->state, 40) + ", lag " + std::to_string(replica->lag) + " s";
  }
  return std::nullopt;
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto replica = is_replica(facts);
  if (!replica) return no_answer(facts, "redis.role");
  if (*replica) return {Applicability::not_applicable, "it is for a primary with replicas"};
  const auto points = config_value(facts, kParameter);
  if (!points) return no_answer(facts, config_fact(kParameter));
  if (points->empty()) return {Applicability::already_good, "the server has no save points"};
  const auto count = facts.integer("redis.connected_slaves");
  if (!count) return no_answer(facts, "redis.connected_slaves");
  if (*count == 0) return {Applicability::not_applicable, "no replica is connected"};
  return {Applicability::applicable, std::to_string(*count) + " replicas are connected"};
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const std::string proof = input.parameters.text("proof").value_or("");
  if (auto because = not_proven(facts, proof)) return Refusal{std::move(*because)};
  const auto server = server_address(facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  Proposal proposal;
  proposal.steps.push_back(
      config_step(facts, std::get<ServerAddress>(server),
                  {.remedy = "replica-persistence",
                   .parameter = kParameter,
                   .value = "",
                   .why = "its replica " + printable(proof, 80) + " persists the same data",
                   .risk = Risk::durability}));
  proposal.predicted = "the primary saves no more and failed saves no longer stop writes; of " +
                       at_risk(facts) + " only the replicas have a copy on disk";
  proposal.notes.emplace_back(
      "DANGER: if this primary restarts it starts with its old file or empty, and its replicas "
      "copy "
      "that. Take automatic restarts away (systemd Restart=, a container's restart policy) and "
      "fail "
      "over to a replica before it is stopped");
  proposal.notes.emplace_back(
      "not kept for its next start, on purpose: a primary that comes up without snapshots is that "
      "danger");
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kReplicaPersistence = {
    .id = "replica-persistence",
    .summary = "leave persistence to a replica that somebody has seen to persist",
    .symptom = "saves of a primary fail or hurt, and its replicas save the same data",
    .changes = "CONFIG SET save \"\" on the running primary",
    .risk_note =
        "a primary that restarts empties its replicas, too, unless one of them is made primary "
        "first",
    .undo_by_hand = "CONFIG SET save with the old pairs",
    .scope = Scope::instance,
    .risk = Risk::durability,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
    .mitigates = true,
};

}  // namespace forkmend::remediations
