// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: a replica of 7.0 or newer (Valkey too) aborts at the next command from its master
// while its own last save or AOF write has failed ("Replica was unable to write command to disk."),
// server.c:processCommand() with writeCommandsDeniedByDiskError(). That holds with all settings at
// their defaults, so one refused fork takes the replica down.
//
// Why this helps: with replica-ignore-disk-write-errors yes it applies the command and logs a
// warning. It keeps serving while the cause of the failing save is dealt with.
//
// The risk: none for data in memory. On disk the replica falls behind, which it did already.
#include <array>
#include <optional>
#include <string>
#include <variant>

#include "remediations/gate.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kParameter = "replica-ignore-disk-write-errors";
constexpr std::string_view kFact = "redis.config.replica-ignore-disk-write-errors";

constexpr auto kCauses = std::to_array<std::string_view>({"replica-about-to-abort"});

std::optional<bool> equals(const FactSet& facts, std::string_view name, std::string_view value) {
  const auto text = facts.text(name);
  return text ? std::optional(*text == value) : std::nullopt;
}

std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
  if (a == false || b == false) return false;
  return a && b ? std::optional(true) : std::nullopt;
}

/// Can a failed snapshot make it abort: save points and stop-writes-on-bgsave-error.
std::optional<bool> snapshots_matter(const FactSet& facts) {
  const auto no_points = equals(facts, "redis.config.save", "");
  return both(no_points ? std::optional(!*no_points) : std::nullopt,
              equals(facts, "redis.config.stop-writes-on-bgsave-error", "yes"));
}

std::optional<bool> aof_matters(const FactSet& facts) {
  if (const auto enabled = facts.integer("redis.aof_enabled")) return *enabled != 0;
  return equals(facts, "redis.config.appendonly", "yes");
}

ProbeResult probe_settings(const FactSet& facts) {
  const auto guarded = equals(facts, kFact, "yes");
  if (!guarded) return no_answer(facts, kFact);
  if (*guarded) {
    return {Applicability::already_good, std::string(kParameter) + " is already yes"};
  }
  const auto snapshots = snapshots_matter(facts);
  const auto aof = aof_matters(facts);
  if (snapshots == false && aof == false) {
    return {Applicability::not_applicable,
            "neither a failed snapshot nor an AOF error can abort it: no save points or "
            "stop-writes-on-bgsave-error no, and AOF off"};
  }
  if (snapshots == true || aof == true) {
    return {Applicability::applicable,
            "the replica aborts at the next replicated write after a failed save"};
  }
  return {Applicability::unknown,
          "the server's save, stop-writes-on-bgsave-error and appendonly "
          "settings are not all known"};
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto role = facts.text("redis.role");
  if (!role) return no_answer(facts, "redis.role");
  if (*role != "slave" && *role != "replica") {
    return {Applicability::not_applicable, "the server is not a replica"};
  }
  const auto version = redis_version(facts);
  if (!version) return no_answer(facts, "redis.redis_version");
  if (version->major < 7) {
    return {Applicability::not_applicable,
            "servers before 7.0 do not abort on a failed save while they are replicas"};
  }
  return probe_settings(facts);
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto server = server_address(facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  Step step = config_step(
      facts, std::get<ServerAddress>(server),
      {.remedy = "guard-replica",
       .parameter = kParameter,
       .value = "yes",
       .why = "a replica that cannot save must not abort at the next replicated write"});
  Proposal proposal;
  proposal.steps.push_back(std::move(step));
  proposal.predicted = "the replica stays up after a failed save or AOF write";
  proposal.notes.emplace_back("first aid: to be taken back once saves work again");
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kGuardReplica = {
    .id = "guard-replica",
    .summary = "keep a replica from aborting after a failed save",
    .symptom =
        "a 7.0 or newer replica whose save failed stops with \"Replica was unable to write command "
        "to disk.\", or is about to at the next replicated write",
    .changes = "CONFIG SET replica-ignore-disk-write-errors yes on the running server",
    .risk_note =
        "the replica goes on although it cannot write to disk: what it has on disk grows old until "
        "saves work again",
    .undo_by_hand = "CONFIG SET replica-ignore-disk-write-errors no",
    .scope = Scope::instance,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = {},
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
