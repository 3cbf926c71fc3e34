// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: 7.0 and newer make the new INCR file and write the manifest before they fork
// (aof.c:rewriteAppendOnlyFileBackground()). While forks are refused, serverCron() tries the
// automatic rewrite again ten times a second, and each try leaves an empty file behind.
//
// Why this helps: with auto-aof-rewrite-percentage 0 serverCron() tries none. The log of commands
// itself goes on; BGREWRITEAOF by hand still works.
//
// The risk: the AOF grows meanwhile. It is first aid: taken back once forks work again.
#include <array>
#include <string>
#include <variant>

#include "remediations/gate.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kParameter = "auto-aof-rewrite-percentage";
constexpr int kFirstMajor = 7;

constexpr auto kCauses = std::to_array<std::string_view>(
    {"aof-incr-flood", "overcommit-heuristic", "commit-limit", "memory-shortage", "nproc-limit",
     "pids-limit", "system-task-limit", "cgroup-memory-refusal", "kmem-limit", "pid-namespace-dead",
     "seccomp"});

bool forks_fail(const PlanInput& input) {
  return input.facts.text("failure.stage") == "fork" || blames_one_of(input, kCauses) ||
         forecast::denies(input.forecast.verdict);
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto version = redis_version(facts);
  if (!version) return no_answer(facts, "redis.redis_version");
  if (version->major < kFirstMajor) {
    return {Applicability::not_applicable,
            "servers before 7.0 leave nothing behind when the fork of a rewrite is refused"};
  }
  const auto enabled = facts.integer("redis.aof_enabled");
  if (!enabled) return no_answer(facts, "redis.aof_enabled");
  if (*enabled == 0) return {Applicability::not_applicable, "the server writes no AOF"};
  const auto value = config_value(facts, kParameter);
  if (!value) return no_answer(facts, config_fact(kParameter));
  if (*value == "0") {
    return {Applicability::already_good, "automatic rewrites are off already"};
  }
  if (!forks_fail(input)) {
    return {Applicability::not_applicable, "forks are not refused, so that rewrites work"};
  }
  return {Applicability::applicable, "each refused automatic rewrite leaves an empty INCR file"};
}

PlanResult plan(const PlanInput& input) {
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto server = server_address(input.facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  Proposal proposal;
  proposal.steps.push_back(
      config_step(input.facts, std::get<ServerAddress>(server),
                  {.remedy = "pause-aof-rewrite",
                   .parameter = kParameter,
                   .value = "0",
                   .why = "no automatic rewrite is tried while its fork would be refused"}));
  proposal.predicted = "no further empty INCR files; the AOF is written on and grows meanwhile";
  proposal.notes.emplace_back("first aid: to be taken back once forks work again");
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kPauseAofRewrite = {
    .id = "pause-aof-rewrite",
    .summary = "stop automatic AOF rewrites while forks are refused",
    .symptom =
        "appendonlydir of a 7.0 or newer server fills with empty *.incr.aof files, ten a second, "
        "and the log with \"Can't rewrite append only file in background: fork\"",
    .changes = "CONFIG SET auto-aof-rewrite-percentage 0 on the running server",
    .risk_note = "the AOF grows until it is taken back; commands are written as before",
    .undo_by_hand = "CONFIG SET auto-aof-rewrite-percentage with the old number, usually 100",
    .scope = Scope::instance,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = {},
    .probe = probe,
    .plan = plan,
    .mitigates = true,
};

}  // namespace forkmend::remediations
