// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <utility>

#include "diagnosis/advice.hpp"
#include "diagnosis/consequences.hpp"
#include "diagnosis/diagnosis.hpp"
#include "diagnosis/failure_case.hpp"
#include "diagnosis/failures.hpp"
#include "diagnosis/false_alarm.hpp"

namespace forkmend::diagnosis {

namespace {

/// The failure that the kernel's rules can explain: a refused fork, else one nobody explained.
/// The failure whose cause is looked for: a refused fork before all others, since every save needs
/// one; then the newest that tells more than that something failed.
const Failure* weighed_failure(const std::vector<Failure>& failures) {
  for (const auto stage : {FailureStage::fork, FailureStage::hung, FailureStage::child_signal,
                           FailureStage::unknown}) {
    const auto found = std::ranges::find(failures, stage, &Failure::stage);
    if (found != failures.end()) return &*found;
  }
  return nullptr;
}

Findings weigh_stage(const FailureCase& failure_case) {
  switch (failure_case.failure.stage) {
    case FailureStage::child_signal:
      return weigh_signal_causes(failure_case);
    case FailureStage::hung:
      return weigh_hung_causes(failure_case);
    case FailureStage::fork:
    case FailureStage::unknown:
      return weigh_fork_causes(failure_case);
    case FailureStage::child_exit:
    case FailureStage::write:
      break;
  }
  return {};
}

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
        "The server is not proven to run on this host, so nothing here is evidence: run "
        "forkmend on the host it runs on.");
    return;
  }
  const FailureCase failure_case{
      .observation = observation,
      .failure = failure,
      .kernel = find_kernel_witness(observation, server, failure),
      .child = find_child_witness({observation, server, failure}),
  };
  Findings findings = weigh_stage(failure_case);
  diagnosis.advice = fork_advice(failure_case, findings);
  diagnosis.causes = std::move(findings.causes);
  diagnosis.ruled_out = std::move(findings.ruled_out);
}

bool is_explained(const Diagnosis& diagnosis) {
  return std::ranges::any_of(diagnosis.causes, [](const Cause& cause) {
    return cause.confidence != Confidence::possible;
  });
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
  const LogStory story = read_log_story(observation.log, server);
  diagnosis.failures = find_failures(server, story, now);
  diagnosis.failing = !diagnosis.failures.empty();
  if (!diagnosis.failing) {
    if (auto alarm = find_false_alarm(server, story)) diagnosis.causes.push_back(std::move(*alarm));
    warn_ahead(observation, server, diagnosis);
    return diagnosis;
  }
  diagnosis.consequences = find_consequences(server, diagnosis.failures, now);
  const Failure* weighed = weighed_failure(diagnosis.failures);
  if (weighed != nullptr) weigh(observation, server, *weighed, diagnosis);
  for (const Failure& failure : diagnosis.failures) {
    const bool of_fork =
        failure.stage == FailureStage::fork || failure.stage == FailureStage::unknown;
    const bool explained = &failure == weighed && is_explained(diagnosis);
    if (!of_fork && !explained) diagnosis.advice.push_back(other_advice(failure));
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
