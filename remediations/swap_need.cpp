// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/swap_need.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/units.hpp"
#include "forecast/commit.hpp"
#include "remediations/gate.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::int64_t kStrict = 2;

/// What a part of the kernel's arithmetic lacks; nullopt: nothing, or it is not known.
using Lack = std::optional<SwapNeed>;

Lack strict_lack(const FactSet& facts) {
  if (facts.integer("host.overcommit_memory") != kStrict) return std::nullopt;
  const auto required = forecast::required_commit_bytes(facts);
  if (!required || *required == 0) return std::nullopt;
  return SwapNeed{*required, "CommitLimit is " + format_size(*required) +
                                 " short of what the next fork needs for sure"};
}

Lack heuristic_lack(const forecast::Forecast& forecast) {
  for (const auto* id : {"OC0", "OC0-new", "OC0-old"}) {
    const forecast::RuleForecast* rule = forecast.find(id);
    if (rule == nullptr || !rule->margin || *rule->margin >= 0) continue;
    return SwapNeed{-*rule->margin,
                    "the largest mapping is " + format_size(-*rule->margin) + " too large"};
  }
  return std::nullopt;
}

/// Only where the host is the narrowest place: under the limit of a cgroup swap of the host gives
/// no room.
Lack copy_lack(const forecast::CopyOutlook& copy) {
  if (copy.binding != "host" || !copy.estimate || !copy.margin) return std::nullopt;
  const std::int64_t room = *copy.margin + copy.estimate->likely;
  const std::int64_t lacks = copy.estimate->worst - room;
  if (*copy.margin >= 0 || lacks <= 0) return std::nullopt;
  return SwapNeed{lacks, "what a save copies at worst is " + format_size(lacks) +
                             " more than memory and swap have left"};
}

ProbeResult nothing_lacks(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const auto mode = facts.integer("host.overcommit_memory");
  if (!mode) return no_answer(facts, "host.overcommit_memory");
  if (*mode == kStrict && !forecast::required_commit_bytes(facts)) {
    return {Applicability::unknown, "what the next fork needs under CommitLimit is not known"};
  }
  if (input.forecast.cow.verdict == forecast::Verdict::unknown) {
    return {Applicability::unknown, input.forecast.cow.says};
  }
  if (input.forecast.cow.verdict == forecast::Verdict::kill) {
    return {Applicability::not_applicable,
            "swap of the host gives no room under a memory limit: " + input.forecast.cow.says};
  }
  return {Applicability::already_good, "the next fork and what it copies fit without further swap"};
}

}  // namespace

std::variant<SwapNeed, ProbeResult> swap_need(const PlanInput& input) {
  Lack most;
  for (Lack lack :
       {strict_lack(input.facts), heuristic_lack(input.forecast), copy_lack(input.forecast.cow)}) {
    if (lack && (!most || lack->bytes > most->bytes)) most = std::move(lack);
  }
  if (most) return *std::move(most);
  return nothing_lacks(input);
}

}  // namespace forkmend::remediations
