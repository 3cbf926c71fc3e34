// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <utility>

#include "diagnosis/advice.hpp"
#include "diagnosis/consequences.hpp"
#include "diagnosis/diagnosis.hpp"
#include "diagnosis/failure_case.hpp"
#include "diagnosis/failures.hpp"

namespace forkmend::diagnosis {

namespace {

/// The failure that the kernel's rules can explain: a refused fork, else one nobody explained.
const Failure* fork_failure(const std::vector<Failure>& failures) {
  for (const auto stage : {FailureStage::fork, FailureStage::unknown}) {
    const auto found = std::ranges::find(failures, stage, &Failure::stage);
    if (found != failures.end()) return &*found;
  }
  return nullptr;
}

/// Facts of this host say nothing about a server that runs elsewhere.
bool is_elsewhere(const FactSet& facts) {
  return facts.flag("instance.local") == false;
}

void weigh(const Observation& observation, const ServerState& server, const Failure& failure,
           Diagnosis& diagnosis) {
  if (!server.forks) {
    diagnosis.advice.emplace_back("This server saves without forking: no rule for forks applies.");
    return;
  }
  if (is_elsewhere(observation.facts)) {
    diagnosis.advice.emplace_back(
        "The server is not proven to run on this host, so nothing here is evidence: run forkmend "
        "on "
        "the host it runs on.");
    return;
  }
  const FailureCase failure_case{observation, failure,
                                 find_kernel_witness(observation, server, failure)};
  Findings findings = weigh_fork_causes(failure_case);
  diagnosis.advice = fork_advice(failure_case, findings);
  diagnosis.causes = std::move(findings.causes);
  diagnosis.ruled_out = std::move(findings.ruled_out);
}

/// Nothing failed, but the next fork would.
void warn_ahead(const Observation& observation, const ServerState& server, Diagnosis& diagnosis) {
  const auto& forecast = observation.forecast;
  if (forecast.verdict != forecast::Verdict::refused || !server.forks) return;
  const auto* rule = forecast.find(forecast.binding_rule);
  if (rule == nullptr || is_elsewhere(observation.facts)) return;
  diagnosis.advice.push_back("No save is failing, but the next fork would be refused. " +
                             rule->says);
}

}  // namespace

Diagnosis diagnose(const Observation& observation) {
  const WallTime now = observation.now.wall;
  const ServerState server = read_server_state(observation.facts, now);
  Diagnosis diagnosis;
  diagnosis.failures = find_failures(server, read_log_story(observation.log, server), now);
  diagnosis.failing = !diagnosis.failures.empty();
  if (!diagnosis.failing) {
    warn_ahead(observation, server, diagnosis);
    return diagnosis;
  }
  diagnosis.consequences = find_consequences(server, diagnosis.failures, now);
  const Failure* refused = fork_failure(diagnosis.failures);
  if (refused != nullptr) weigh(observation, server, *refused, diagnosis);
  for (const Failure& failure : diagnosis.failures) {
    const bool weighed =
        failure.stage == FailureStage::fork || failure.stage == FailureStage::unknown;
    if (!weighed) diagnosis.advice.push_back(other_advice(failure));
  }
  return diagnosis;
}

FactSet failure_facts(const Diagnosis& diagnosis) {
  constexpr std::string_view kSource = "diagnosis";
  FactSet facts;
  if (diagnosis.failures.empty()) {
    for (const auto* name : {"failure.kind", "failure.stage", "failure.errno"}) {
      facts.set_missing(name, FactState::not_applicable, kSource, "no save is failing");
    }
    return facts;
  }
  const Failure& newest = diagnosis.failures.front();
  facts.set("failure.kind", std::string(to_string(newest.kind)), "", newest.source);
  facts.set("failure.stage", std::string(to_string(newest.stage)), "", newest.source);
  if (newest.error_number) {
    facts.set("failure.errno", std::int64_t{*newest.error_number}, "count", newest.source);
  } else {
    facts.set_missing("failure.errno", FactState::unknown, newest.source,
                      "neither INFO nor a log line tells it");
  }
  return facts;
}

}  // namespace forkmend::diagnosis
