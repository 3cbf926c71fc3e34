// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// pids-limit. The kernel counts these refusals in pids.events: in version 1, and in version 2
// before 6.11, at the cgroup that forked, whichever level's limit was met; later at the level whose
// limit was met and above. A count has no time, so only together with a limit that is full now, or
// with samples of it on both sides of the failure, is it proof.
#include <cerrno>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "diagnosis/counter_rise.hpp"
#include "diagnosis/failure_case.hpp"
#include "forecast/cgroup_levels.hpp"

namespace forkmend::diagnosis {

namespace {

using forecast::RuleForecast;
using forecast::Verdict;

constexpr std::string_view kPidsLimit = "pids-limit";

/// What pids.events says over all levels.
struct Counters {
  std::vector<Evidence> refusals;   ///< levels that have refused
  bool all_zero = false;            ///< every level is known and has refused nothing
  std::optional<CounterRise> rise;  ///< of all levels together, around the failure
};

/// Refusals between two looks with the failure in between.
bool risen(const Counters& counters) {
  return counters.rise && counters.rise->by > 0;
}
bool at_rest(const Counters& counters) {
  return counters.rise && counters.rise->by == 0;
}

Evidence counter_evidence(const FailureCase& failure_case, const std::string& level,
                          std::int64_t count) {
  const auto path = failure_case.observation.facts.text(level + "path");
  return Evidence{path ? printable(*path) + "/pids.events" : "pids.events",
                  "max is " + format_count(count) + ": so many forks were refused here.", true};
}

Counters read_counters(const FailureCase& failure_case) {
  Counters counters;
  const FactSet& facts = failure_case.observation.facts;
  const auto levels = forecast::level_prefixes(facts, forecast::Controller::pids);
  if (levels.empty()) return counters;
  counters.rise = rise_around(failure_case, "cgroup_pids_max");
  counters.all_zero = true;
  for (const std::string& level : levels) {
    const auto count = failure_case.integer(level + "events_max");
    if (count != 0) counters.all_zero = false;
    if (count.value_or(0) > 0) {
      counters.refusals.push_back(counter_evidence(failure_case, level, *count));
    }
  }
  // Inside a container there may be levels that we do not see, and refuse at.
  const auto container = facts.text("host.container");
  if (container && *container != "none") {
    counters.all_zero = false;
    if (at_rest(counters)) counters.rise.reset();
  }
  return counters;
}

/// With room for a thousand tasks more, it was not full a moment ago either.
bool is_far(const RuleForecast& rule) {
  constexpr std::int64_t kMany = 1000;
  const bool no_limit = !rule.margin;
  return rule.verdict == Verdict::admitted && (no_limit || *rule.margin > kMany);
}

std::optional<Confidence> weigh(const FailureCase& failure_case, Verdict verdict,
                                const Counters& counters) {
  const auto& line = failure_case.kernel.rejection;
  if (line && line->timing == Timing::fits) return Confidence::proven;
  const bool told = failure_case.error().has_value();
  // Two limits may refuse with the same errno: the one that is full now may have been the other.
  const bool other_limit = forecast::denies(failure_case.verdict("NPROC"));
  if (risen(counters) && told && !other_limit) return Confidence::proven;
  const bool counted = line.has_value() || !counters.refusals.empty();
  if (verdict == Verdict::refused) {
    if (told && counted) return Confidence::proven;
    // Full by now, but it has not refused a fork yet.
    return counters.all_zero && told ? Confidence::possible : Confidence::likely;
  }
  if (counted) return told ? Confidence::likely : Confidence::possible;
  return rule_confidence(failure_case, verdict);
}

std::optional<RuledOut> without_witness(const RuleForecast* rule, const Counters& counters) {
  if (at_rest(counters)) {
    return RuledOut{std::string(kPidsLimit), "pids.events max " + to_string(*counters.rise) +
                                                 ": the pids controller did not refuse this fork."};
  }
  if (rule == nullptr || rule->verdict == Verdict::refused) return std::nullopt;
  if (counters.all_zero) {
    return RuledOut{std::string(kPidsLimit),
                    "pids.events max is 0 at every level: the pids controller refused no fork."};
  }
  if (counters.refusals.empty() && is_far(*rule))
    return RuledOut{std::string(kPidsLimit), rule->says};
  return std::nullopt;
}

}  // namespace

Assessment assess_pids_limit(const FailureCase& failure_case) {
  if (failure_case.error() && !failure_case.error_is(EAGAIN)) {
    return RuledOut{std::string(kPidsLimit), "errno is " + error_word(failure_case) +
                                                 ": a pids.max is answered with EAGAIN."};
  }
  const RuleForecast* rule = failure_case.rule("PIDS");
  const Counters counters = read_counters(failure_case);
  if (!failure_case.kernel.rejection) {
    if (auto out = without_witness(rule, counters)) return *out;
  }
  const auto confidence =
      weigh(failure_case, rule != nullptr ? rule->verdict : Verdict::unknown, counters);
  if (!confidence) return not_shown(kPidsLimit, rule);
  Cause cause = make_cause(failure_case, kPidsLimit, *confidence, rule);
  for (const Evidence& refusal : counters.refusals) cause.evidence.push_back(refusal);
  if (risen(counters)) {
    cause.evidence.push_back({"pids.events over time", "max " + to_string(*counters.rise), true});
  }
  if (failure_case.kernel.rejection) {
    cause.evidence.push_back(kernel_line(failure_case.kernel.rejection->line));
  }
  return cause;
}

}  // namespace forkmend::diagnosis
