// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: with save points and stop-writes-on-bgsave-error yes a server refuses every write
// after a failed snapshot ("MISCONF", server.c:writeCommandsDeniedByDiskError()). The application
// is down although the data in memory is fine.
//
// Why this helps: with no the server takes writes again at once. It mends nothing: saves still
// fail, and each further write is lost with the next restart unless an AOF has it.
//
// The risk: just that. So it is a bridge with a lease, after which it is taken back whatever became
// of the save, it is never written into a file, and the incident ends mitigated, not healed.
#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "base/units.hpp"
#include "remediations/gate.hpp"
#include "remediations/save_points.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kParameter = "stop-writes-on-bgsave-error";
constexpr std::int64_t kMinute = 60'000;

constexpr auto kCauses = std::to_array<std::string_view>({"overcommit-heuristic",
                                                          "commit-limit",
                                                          "memory-shortage",
                                                          "cgroup-oom",
                                                          "cgroup-memory-refusal",
                                                          "kmem-limit",
                                                          "host-oom",
                                                          "userspace-kill",
                                                          "nproc-limit",
                                                          "pids-limit",
                                                          "system-task-limit",
                                                          "seccomp",
                                                          "disk-full",
                                                          "inodes-exhausted",
                                                          "quota-exceeded",
                                                          "file-size-limit",
                                                          "read-only-sandbox",
                                                          "read-only-filesystem",
                                                          "permission-denied",
                                                          "immutable-or-sticky",
                                                          "mac-denied",
                                                          "missing-dir",
                                                          "target-busy",
                                                          "unsuitable-filesystem",
                                                          "io-error",
                                                          "slow-disk",
                                                          "hung-child",
                                                          "child-crash",
                                                          "stale-temp-files"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "for",
     .type = policy::ParameterType::duration,
     .default_value = "10m",
     .minimum = kMinute,
     .maximum = std::int64_t{24} * 60 * kMinute,
     .help = "after which it is taken back by itself"},
});

/// What is written meanwhile survives a crash without a snapshot.
bool aof_is_healthy(const FactSet& facts) {
  return facts.integer("redis.aof_enabled").value_or(0) != 0 &&
         facts.text("redis.aof_last_write_status") == "ok" &&
         config_value(facts, "appendfsync").value_or("no") != "no";
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto replica = is_replica(facts);
  if (!replica) return no_answer(facts, "redis.role");
  if (*replica) {
    return {Applicability::not_applicable,
            "a replica takes no writes from clients; guard-replica keeps it from aborting"};
  }
  const auto value = config_value(facts, kParameter);
  if (!value) return no_answer(facts, config_fact(kParameter));
  if (*value != "yes") return {Applicability::already_good, "failed saves do not stop writes"};
  const auto points = config_value(facts, "save");
  if (!points) return no_answer(facts, config_fact("save"));
  if (points->empty()) {
    return {
        Applicability::not_applicable,
        "without save points a failed snapshot stops no writes: the two settings work together"};
  }
  const auto status = facts.text("redis.rdb_last_bgsave_status");
  if (!status) return no_answer(facts, "redis.rdb_last_bgsave_status");
  if (*status == "ok") {
    return {Applicability::not_applicable, "writes are not stopped: the last snapshot is fine"};
  }
  return {Applicability::applicable, "writes are refused (MISCONF) since a snapshot failed"};
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto server = server_address(facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  const bool aof = aof_is_healthy(facts);
  const std::int64_t milliseconds = input.parameters.integer("for").value_or(10 * kMinute);
  Step step = config_step(facts, std::get<ServerAddress>(server),
                          {.remedy = "stop-writes",
                           .parameter = kParameter,
                           .value = "no",
                           .why = "lets clients write again before saves work",
                           .risk = aof ? Risk::safe : Risk::durability});
  step.lease = milliseconds / 1000;
  Proposal proposal;
  const std::string until = format_duration(std::chrono::milliseconds(milliseconds));
  proposal.predicted =
      "writes are taken for " + until + ", then refused again unless a save works; ";
  proposal.predicted += aof ? "the AOF keeps them" : at_risk(facts) + " would be lost in a restart";
  proposal.notes.push_back("a bridge, no cure: it is taken back after " + until +
                           " by the agent, or by the next forkmend fix or rollback");
  proposal.steps.push_back(std::move(step));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kStopWrites = {
    .id = "stop-writes",
    .summary = "take writes again for a while although saves fail",
    .symptom =
        "\"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist "
        "to disk\" as the answer to every write",
    .changes = "CONFIG SET stop-writes-on-bgsave-error no, for a limited time; never in a file",
    .risk_note =
        "without a healthy AOF everything since the last good save is lost if the server stops; "
        "with one the step itself counts as safe",
    .undo_by_hand = "CONFIG SET stop-writes-on-bgsave-error yes",
    .scope = Scope::instance,
    .risk = Risk::durability,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
    .mitigates = true,
};

}  // namespace forkmend::remediations
