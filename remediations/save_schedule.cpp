// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: saves are due so often that they run into each other, into other servers' saves, or
// into a disk or a swap that cannot keep up. With no save points at all the server never forks by
// itself, and a failed snapshot stops no writes.
//
// Why this helps: fewer forks and less copying. It mends nothing: the next save fails as this one
// did, so the incident ends mitigated. After a failed save the server tries again every six seconds
// whatever the schedule is (CONFIG_BGSAVE_RETRY_DELAY), until one works.
//
// The risk: what was changed since the last save is lost in a crash, and with fewer saves that is
// more. `save` and stop-writes-on-bgsave-error work as a pair (writeCommandsDeniedByDiskError()):
// without save points nothing tells clients any more that saves fail.
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "remediations/config_file.hpp"
#include "remediations/gate.hpp"
#include "remediations/save_points.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kParameter = "save";
constexpr std::string_view kDefault = "900 1 3600 10";

constexpr auto kCauses =
    std::to_array<std::string_view>({"overlapping-saves", "slow-disk", "slow-fork", "swap-thrash",
                                     "thp", "memory-shortage", "memory-high-throttle"});
constexpr auto kParameters = std::to_array<policy::ParameterSpec>({
    {.name = "to",
     .type = policy::ParameterType::text,
     .default_value = kDefault,
     .help = "SECONDS CHANGES pairs as in redis.conf; \"\" for no saves at all (durability)"},
});

std::string every(double seconds) {
  return "every " + format_duration(std::chrono::seconds(std::llround(seconds)));
}

/// Why the new schedule is no rarer one; nullopt: it is. At the rate of changes of now, where that
/// is known: which of two schedules saves more often depends on it.
std::optional<std::string> not_rarer(const FactSet& facts, const std::vector<SavePoint>& now,
                                     const std::vector<SavePoint>& then) {
  if (const auto rate = change_rate(facts); rate && *rate > 0) {
    const auto before = save_interval(now, *rate);
    const auto after = save_interval(then, *rate);
    if (before && after && *after <= *before) {
      return "it would not save less often: at the present rate of changes " + every(*after) +
             " instead of " + every(*before);
    }
    return std::nullopt;
  }
  if (is_rarer(then, now)) return std::nullopt;
  return "whether it would save less often depends on the rate of changes, which is not known";
}

/// As the server gives it back: "0900 1" and runs of blanks are not, and would not be found again.
std::string as_read_back(const std::vector<SavePoint>& points) {
  std::vector<std::string> words;
  for (const SavePoint& point : points) {
    words.push_back(std::to_string(point.seconds));
    words.push_back(std::to_string(point.changes));
  }
  return join(words, " ");
}

std::string wanted(const PlanInput& input) {
  return input.parameters.text("to").value_or(std::string(kDefault));
}

ProbeResult probe(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto value = config_value(facts, kParameter);
  if (!value) return no_answer(facts, config_fact(kParameter));
  if (value->empty()) return {Applicability::already_good, "the server has no save points"};
  const auto now = parse_save_points(*value);
  const auto then = parse_save_points(wanted(input));
  if (!now) return {Applicability::unknown, "its save points are not understood"};
  if (!then) {
    return {Applicability::not_applicable, "\"" + printable(wanted(input), 80) +
                                               "\" are no save points: pairs of seconds (1 or "
                                               "more) and changes"};
  }
  if (auto because = not_rarer(facts, *now, *then)) {
    return {Applicability::not_applicable, std::move(*because)};
  }
  return {Applicability::applicable, "it saves at " + *value};
}

/// Undoing "none" while the last save is failed would bring the write stop back, and on a replica
/// of 7.0+ the abort at its next replicated write.
std::optional<std::string> why_not_none(const FactSet& facts) {
  if (is_replica(facts).value_or(true)) {
    return "a replica without save points would abort when they come back while its last save is "
           "failed (7.0 and newer); guard it with guard-replica and let it save";
  }
  return std::nullopt;
}

std::string predicted(const FactSet& facts, const std::vector<SavePoint>& now,
                      const std::vector<SavePoint>& then) {
  if (then.empty()) {
    return "no save runs by itself any more, and failed saves no longer stop writes: " +
           at_risk(facts) + " and all that follow are lost in a restart";
  }
  const auto rate = change_rate(facts);
  const auto before = rate ? save_interval(now, *rate) : std::nullopt;
  const auto after = rate ? save_interval(then, *rate) : std::nullopt;
  const std::string often =
      before && after ? "about " + every(*after) + " instead of " + every(*before) : "less often";
  return "saves are due " + often + "; at risk: " + at_risk(facts) + ", later that much more";
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto server = server_address(facts);
  if (const auto* refusal = std::get_if<Refusal>(&server)) return *refusal;
  const auto now = parse_save_points(config_value(facts, kParameter).value_or(""));
  const auto then = parse_save_points(wanted(input));
  const bool none = then->empty();
  if (auto because = none ? why_not_none(facts) : std::nullopt) return Refusal{std::move(*because)};
  Proposal proposal;
  proposal.steps.push_back(config_step(facts, std::get<ServerAddress>(server),
                                       {.remedy = "save-schedule",
                                        .parameter = kParameter,
                                        .value = as_read_back(*then),
                                        .why = "fewer forks until the cause is mended",
                                        .risk = none ? Risk::durability : Risk::safe}));
  proposal.predicted = predicted(facts, *now, *then);
  proposal.notes.emplace_back(
      "a failed save is still tried again every few seconds until one works; save by hand when "
      "load is low: redis-cli bgsave");
  proposal.notes.push_back(
      not_kept_note("it hides a failure that should be mended first", proposal.steps));
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kSaveSchedule = {
    .id = "save-schedule",
    .summary = "save less often, or not at all",
    .symptom =
        "saves overlap, fill the disk's bandwidth or make the host swap, and come more often than "
        "anybody needs them",
    .changes = "CONFIG SET save on the running server",
    .risk_note =
        "more is lost in a crash; with no save points also the warning that a failed save gives by "
        "refusing writes",
    .undo_by_hand = "CONFIG SET save with the old pairs",
    .scope = Scope::instance,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = kParameters,
    .probe = probe,
    .plan = plan,
    .mitigates = true,
};

}  // namespace forkmend::remediations
