// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// One finding for each cause that shows before it bites. What cannot be foreseen is left out: a
// signal from userspace, a crash, a seccomp filter, a device's I/O error, a quota, the other child
// that holds the slot.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/units.hpp"
#include "diagnosis/audit.hpp"
#include "diagnosis/failure_case.hpp"
#include "diagnosis/harmful_advice.hpp"
#include "diagnosis/hijacked_dir.hpp"
#include "diagnosis/write_advice.hpp"
#include "forecast/cgroup_levels.hpp"

namespace forkmend::diagnosis {

namespace {

using forecast::RuleForecast;
using forecast::Verdict;

constexpr std::string_view kGroup = "cause";

Finding make(std::string_view id, Severity severity, std::string says, std::string fix = {}) {
  return Finding{.id = std::string(id),
                 .severity = severity,
                 .says = std::move(says),
                 .fix = std::move(fix),
                 .group = std::string(kGroup)};
}

Severity severity_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::admitted:
      return Severity::ok;
    case Verdict::refused:
    case Verdict::kill:
      return Severity::critical;
    case Verdict::too_close:
      return Severity::warning;
    case Verdict::unknown:
      return Severity::unknown;
  }
  return Severity::unknown;
}

/// Which cause a refusal by a rule of the kernel would be.
std::string_view cause_of(const RuleForecast& rule) {
  struct Row {
    std::string_view rule;
    std::string_view cause;
  };
  constexpr auto kRows = std::to_array<Row>({{"NPROC", "nproc-limit"},
                                             {"THR", "system-task-limit"},
                                             {"PIDMAX", "system-task-limit"},
                                             {"OC2", "commit-limit"},
                                             {"OC0-old", "overcommit-heuristic"},
                                             {"OC0-new", "overcommit-heuristic"},
                                             {"KMEM", "kmem-limit"},
                                             {"PIDS", "pids-limit"},
                                             {"PIDNS", "pid-namespace-dead"}});
  if (rule.id == "MEMCG") {
    return rule.verdict == Verdict::kill ? "cgroup-oom" : "cgroup-memory-refusal";
  }
  const auto* found = std::ranges::find(kRows, rule.id, &Row::rule);
  return found != kRows.end() ? found->cause : std::string_view();
}

/// Adds a finding, or makes that of the same cause graver.
void take(std::vector<Finding>& findings, Finding finding) {
  const auto same = std::ranges::find(findings, finding.id, &Finding::id);
  if (same == findings.end()) {
    findings.push_back(std::move(finding));
  } else if (graver(same->severity, finding.severity) != same->severity) {
    *same = std::move(finding);
  }
}

void audit_forks(std::vector<Finding>& findings, const forecast::Forecast& forecast) {
  for (const RuleForecast& rule : forecast.rules) {
    const std::string_view cause = cause_of(rule);
    if (cause.empty()) continue;
    const bool good = rule.verdict == Verdict::admitted;
    take(findings, make(cause, severity_of(rule.verdict), rule.says,
                        good ? std::string() : "forkmend policy explain"));
  }
}

/// What copy-on-write would do: on the host it is a shortage first, and a kill then.
void audit_copies(std::vector<Finding>& findings, const forecast::CopyOutlook& cow) {
  const bool on_host = cow.binding.empty() || cow.binding == "host";
  std::string says = cow.says;
  if (denies(cow.verdict) && !cow.victim_says.empty()) says += " " + cow.victim_says;
  const std::string fix =
      cow.verdict == Verdict::admitted
          ? std::string()
          : "lower maxmemory, or give " + (on_host ? "the host" : cow.binding) + " more memory";
  take(findings, make(on_host ? "memory-shortage" : "cgroup-oom", severity_of(cow.verdict),
                      std::move(says), fix));
}

std::string sentence_about(const std::vector<std::string>& sentences, std::string_view id) {
  const auto found = std::ranges::find_if(
      sentences, [&](const std::string& sentence) { return sentence.starts_with(id); });
  return found != sentences.end() ? *found : std::string(id) + " could not be checked";
}

Finding finding_of(const Observation& observation, Cause cause, Severity severity) {
  std::string says;
  for (const Evidence& evidence : cause.evidence) {
    if (!evidence.kernel && evidence.source.empty()) continue;  // of the save that has not failed
    if (!says.empty()) says += " ";
    says += evidence.source + ": " + evidence.says;
  }
  const std::string id = cause.id;
  Findings alone;
  alone.causes.push_back(std::move(cause));
  const auto advice = write_advice(observation, alone);
  const std::string fix = advice.size() > 1 ? advice[1] : std::string();
  return make(id, severity, std::move(says), fix);
}

/// What the directory's state shows of a save that would be tried now.
void audit_writes(std::vector<Finding>& findings, const Observation& observation) {
  constexpr auto kCritical = std::to_array<std::string_view>(
      {"missing-dir", "read-only-filesystem", "read-only-sandbox", "immutable-or-sticky",
       "permission-denied", "target-busy", "file-size-limit", "inodes-exhausted", "disk-full"});
  constexpr auto kWarning =
      std::to_array<std::string_view>({"stale-temp-files", "unsuitable-filesystem"});
  const Failure next_save{};
  const Findings weighed = weigh_write_causes(
      FailureCase{.observation = observation, .failure = next_save, .kernel = {}});
  const auto audit_one = [&](std::string_view id, Severity severity) {
    const auto shown = std::ranges::find_if(weighed.causes, [&](const Cause& cause) {
      return cause.id == id && cause.confidence != Confidence::possible;
    });
    if (shown != weighed.causes.end()) {
      return take(findings, finding_of(observation, *shown, severity));
    }
    const auto out = std::ranges::find(weighed.ruled_out, id, &RuledOut::id);
    if (out != weighed.ruled_out.end()) {
      return take(findings, make(id, Severity::ok, out->because));
    }
    take(findings, make(id, Severity::unknown, sentence_about(weighed.undecided, id)));
  };
  for (const std::string_view id : kCritical) audit_one(id, Severity::critical);
  for (const std::string_view id : kWarning) audit_one(id, Severity::warning);
}

void audit_room(std::vector<Finding>& findings, const forecast::DiskOutlook& disk) {
  if (disk.verdict == Verdict::admitted || disk.verdict == Verdict::unknown) return;
  const std::string_view id = disk.binding == "inodes"        ? "inodes-exhausted"
                              : disk.binding == "fsize-limit" ? "file-size-limit"
                                                              : "disk-full";
  take(findings, make(id, severity_of(disk.verdict), disk.says, "make room, or move the dir"));
}

void audit_hijack(std::vector<Finding>& findings, const Observation& observation) {
  if (auto hijacked = find_hijacked_dir(observation.facts)) {
    return take(findings, finding_of(observation, std::move(*hijacked), Severity::critical));
  }
  const auto difference = harmless_difference(observation.facts);
  take(findings, make("hijacked-dir", Severity::ok,
                      difference.value_or("dir and dbfilename are nothing that attackers use")));
}

/// audit_instance() has a finding of that name already.
constexpr std::string_view kOnChecklist = "fragmentation";

void audit_strains(std::vector<Finding>& findings, const Diagnosis& diagnosis) {
  for (const Cause& strain : diagnosis.strains) {
    if (strain.id == kOnChecklist) continue;
    std::string says;
    for (const Evidence& evidence : strain.evidence) {
      says += (says.empty() ? "" : " ") + evidence.source + ": " + evidence.says;
    }
    const auto advice = strain_advice({strain});
    const bool urgent = strain.id == "replica-about-to-abort" || strain.id == "aof-incr-flood";
    take(findings, make(strain.id, urgent ? Severity::critical : Severity::warning, std::move(says),
                        advice.empty() ? std::string() : advice.front()));
  }
  constexpr auto kNone = std::to_array<std::string_view>(
      {"thp", "swap-thrash", "memory-high-throttle", "map-count", "slow-fork", "slow-disk",
       "overlapping-saves", "full-sync-loop", "setting-reverted", "aof-rewrite-limited",
       "memory-growth"});
  for (const std::string_view id : kNone) {
    const bool there = std::ranges::find(findings, id, &Finding::id) != findings.end();
    if (!there) findings.push_back(make(id, Severity::ok, "nothing points to it"));
  }
}

/// memory.oom.group at any level makes of one kill a kill of all.
void audit_group_kill(std::vector<Finding>& findings, const FactSet& facts) {
  for (const std::string& level : forecast::level_prefixes(facts, forecast::Controller::memory)) {
    if (facts.flag(level + "oom_group") != true) continue;
    return take(findings,
                make("unit-kill", Severity::warning,
                     facts.text(level + "path").value_or("its cgroup") +
                         " has memory.oom.group 1: if the child is killed, the server is too",
                     "echo 0 > memory.oom.group there; OOMPolicy=continue in the unit"));
  }
  if (!facts.integer("instance.memory.levels")) return;
  take(findings, make("unit-kill", Severity::ok, "no level has memory.oom.group 1"));
}

/// From 7.0 on, a replica with the defaults ends at the first write after a failed save.
void audit_replica(std::vector<Finding>& findings, const FactSet& facts) {
  const ServerState server = read_server_state(facts, WallTime{});
  if (server.role != Role::replica || server.generation != Generation::from_7) return;
  const bool would = server.save_points.value_or(true) && server.stop_writes.value_or(true) &&
                     !server.ignore_disk_errors.value_or(false);
  take(findings,
       make("replica-about-to-abort", would ? Severity::warning : Severity::ok,
            would ? "this replica would abort at the first write after a failed save "
                    "(replica-ignore-disk-write-errors no)"
                  : "a failed save would not end this replica",
            would ? "redis-cli CONFIG SET replica-ignore-disk-write-errors yes, or save \"\" where "
                    "the master keeps the data"
                  : ""));
}

}  // namespace

std::vector<Finding> audit_causes(const Observation& observation, const Diagnosis& diagnosis) {
  std::vector<Finding> findings;
  const FactSet& facts = observation.facts;
  if (facts.flag("instance.local").value_or(false)) {
    audit_forks(findings, observation.forecast);
    audit_copies(findings, observation.forecast.cow);
    audit_writes(findings, observation);
    audit_room(findings, observation.forecast.disk);
    audit_hijack(findings, observation);
    audit_group_kill(findings, facts);
  }
  audit_replica(findings, facts);
  audit_strains(findings, diagnosis);
  return findings;
}

}  // namespace forkmend::diagnosis
