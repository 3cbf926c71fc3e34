// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <csignal>
#include <utility>

#include "diagnosis/advice.hpp"
#include "diagnosis/consequences.hpp"
#include "diagnosis/diagnosis.hpp"
#include "diagnosis/failure_case.hpp"
#include "diagnosis/failures.hpp"
#include "diagnosis/false_alarm.hpp"
#include "diagnosis/harmful_advice.hpp"
#include "diagnosis/hijacked_dir.hpp"
#include "diagnosis/strain_case.hpp"
#include "diagnosis/write_advice.hpp"

namespace forkmend::diagnosis {

namespace {

/// Facts of this host say nothing about a server that runs elsewhere.
bool is_elsewhere(const FactSet& facts) {
  return facts.flag("instance.local") == false;
}

/// Failures that have the same kind of causes: of each group the newest is weighed.
enum class Group { fork, write, signal, hung };

Group group_of(const Failure& failure) {
  switch (failure.stage) {
    case FailureStage::fork:
    case FailureStage::unknown:
      return Group::fork;
    case FailureStage::child_exit:
    case FailureStage::write:
      return Group::write;
    case FailureStage::child_signal:
      return failure.signal == SIGXFSZ ? Group::write : Group::signal;
    case FailureStage::hung:
      return Group::hung;
  }
  return Group::fork;
}

const Failure* newest_of(const std::vector<Failure>& failures, Group group) {
  // A refused fork explains more than a failure of which nobody told the stage.
  const auto refused = std::ranges::find(failures, FailureStage::fork, &Failure::stage);
  if (group == Group::fork && refused != failures.end()) return &*refused;
  const auto found = std::ranges::find(failures, group, group_of);
  return found != failures.end() ? &*found : nullptr;
}

bool has(const Diagnosis& diagnosis, std::string_view id) {
  return std::ranges::find(diagnosis.causes, id, &Cause::id) != diagnosis.causes.end();
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
  for (std::string& sentence : more) {
    if (std::ranges::find(all, sentence) == all.end()) all.push_back(std::move(sentence));
  }
}

/// What one failure shows is told once, and what another one rules out is not ruled out then.
void take(Findings findings, std::vector<std::string> advice, Diagnosis& diagnosis) {
  for (Cause& cause : findings.causes) {
    if (has(diagnosis, cause.id)) continue;
    std::erase_if(diagnosis.ruled_out, [&](const RuledOut& out) { return out.id == cause.id; });
    add_cause(diagnosis.causes, std::move(cause));
  }
  for (RuledOut& out : findings.ruled_out) {
    const bool known =
        std::ranges::find(diagnosis.ruled_out, out.id, &RuledOut::id) != diagnosis.ruled_out.end();
    if (!known && !has(diagnosis, out.id)) diagnosis.ruled_out.push_back(std::move(out));
  }
  append(diagnosis.advice, std::move(advice));
}

bool is_explained(const Findings& findings) {
  return std::ranges::any_of(
      findings.causes, [](const Cause& cause) { return cause.confidence != Confidence::possible; });
}

/// Nobody told where it failed: what this host's state shows of writing counts too.
void add_shown_writes(const FailureCase& failure_case, Diagnosis& diagnosis) {
  Findings findings = weigh_write_causes(failure_case);
  std::erase_if(findings.causes,
                [](const Cause& cause) { return cause.confidence == Confidence::possible; });
  findings.ruled_out.clear();
  findings.undecided.clear();
  auto advice = write_advice(failure_case.observation, findings);
  take(std::move(findings), std::move(advice), diagnosis);
}

/// Nobody told how the child ended: the kernel log may, and only its lines count then.
void add_shown_kills(const FailureCase& failure_case, Diagnosis& diagnosis) {
  const ChildWitness& child = failure_case.child;
  const bool told = failure_case.failure.source != "INFO persistence";
  if (told || (!child.oom && !child.seccomp && !child.fault)) return;
  Findings findings = weigh_signal_causes(failure_case);
  std::erase_if(findings.causes,
                [](const Cause& cause) { return cause.confidence != Confidence::proven; });
  findings.ruled_out.clear();
  auto advice = harmful_advice(findings.causes);
  take(std::move(findings), std::move(advice), diagnosis);
}

/// Weighs one failure by its stage. A further family of causes is one function and its group here.
void weigh(const FailureCase& failure_case, bool forks, Diagnosis& diagnosis) {
  switch (group_of(failure_case.failure)) {
    case Group::fork: {
      if (!forks) {
        diagnosis.advice.emplace_back(
            "This server saves without forking: no rule for forks applies.");
        return;
      }
      Findings findings = weigh_fork_causes(failure_case);
      auto advice = fork_advice(failure_case, findings);
      append(advice, harmful_advice(findings.causes));
      take(std::move(findings), std::move(advice), diagnosis);
      if (failure_case.failure.stage == FailureStage::unknown) {
        add_shown_writes(failure_case, diagnosis);
        add_shown_kills(failure_case, diagnosis);
      }
      return;
    }
    case Group::write: {
      Findings findings = weigh_write_causes(failure_case);
      auto advice = write_advice(failure_case.observation, findings);
      if (findings.causes.empty()) advice.push_back(other_advice(failure_case.failure));
      take(std::move(findings), std::move(advice), diagnosis);
      add_shown_kills(failure_case, diagnosis);
      return;
    }
    case Group::signal:
    case Group::hung: {
      Findings findings = group_of(failure_case.failure) == Group::hung
                              ? weigh_hung_causes(failure_case)
                              : weigh_signal_causes(failure_case);
      std::vector<std::string> advice = findings.undecided;
      append(advice, harmful_advice(findings.causes));
      if (!is_explained(findings)) advice.push_back(other_advice(failure_case.failure));
      take(std::move(findings), std::move(advice), diagnosis);
      return;
    }
  }
}

/// While the directory is hijacked nothing else is weighed, so that nothing else can be mended.
void report_hijack(const Observation& observation, Cause cause, Diagnosis& diagnosis) {
  for (const Failure& failure : diagnosis.failures) {
    if (failure.stage == FailureStage::unknown) continue;
    cause.evidence.push_back(Evidence{failure.source, failure.text, false});
  }
  Findings findings;
  findings.causes.push_back(std::move(cause));
  auto advice = write_advice(observation, findings);
  take(std::move(findings), std::move(advice), diagnosis);
}

void weigh_failures(const Observation& observation, const ServerState& server,
                    Diagnosis& diagnosis) {
  if (is_elsewhere(observation.facts)) {
    diagnosis.advice.emplace_back(
        "The server is not proven to run on this host, so nothing here is evidence: run forkmend "
        "on the host it runs on.");
    for (const Failure& failure : diagnosis.failures) {
      if (group_of(failure) != Group::fork) diagnosis.advice.push_back(other_advice(failure));
    }
    return;
  }
  if (auto hijacked = find_hijacked_dir(observation.facts)) {
    report_hijack(observation, std::move(*hijacked), diagnosis);
    return;
  }
  for (const Group group : {Group::fork, Group::hung, Group::signal, Group::write}) {
    const Failure* failure = newest_of(diagnosis.failures, group);
    if (failure == nullptr) continue;
    const FailureCase failure_case{
        .observation = observation,
        .failure = *failure,
        .kernel = find_kernel_witness(observation, server, *failure),
        .child = find_child_witness({observation, server, *failure}),
    };
    weigh(failure_case, server.forks, diagnosis);
    const auto difference = harmless_difference(observation.facts);
    if (group == Group::write && difference) {
      diagnosis.ruled_out.push_back(RuledOut{"hijacked-dir", *difference});
    }
  }
}

/// Nothing failed, but the next fork would.
void warn_ahead(const Observation& observation, const ServerState& server, Diagnosis& diagnosis) {
  const auto& forecast = observation.forecast;
  if (!forecast::denies(forecast.verdict) || !server.forks) return;
  const auto* rule = forecast.find(forecast.binding_rule);
  if (rule == nullptr || is_elsewhere(observation.facts)) return;
  const bool kills = forecast.verdict == forecast::Verdict::kill;
  diagnosis.advice.push_back(std::string("No save is failing, but the next fork would ") +
                             (kills ? "be answered by the OOM killer. " : "be refused. ") +
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
  diagnosis.strains = find_strains({observation, server, diagnosis.failures});
  if (!diagnosis.failing) {
    if (auto alarm = find_false_alarm(server, story)) diagnosis.causes.push_back(std::move(*alarm));
    warn_ahead(observation, server, diagnosis);
    append(diagnosis.advice, strain_advice(diagnosis.strains));
    return diagnosis;
  }
  diagnosis.consequences = find_consequences(server, diagnosis.failures, now);
  weigh_failures(observation, server, diagnosis);
  append(diagnosis.advice, strain_advice(diagnosis.strains));
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
