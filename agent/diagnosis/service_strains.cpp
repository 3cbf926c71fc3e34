// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What somebody else does to the server, again and again.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "diagnosis/strain_case.hpp"

namespace forkmend::diagnosis {

namespace {

using redis::LogEvent;
using redis::LogEventKind;

constexpr std::chrono::minutes kRecent(15);

bool is_recent(const LogEvent& event, WallTime now) {
  return event.at && *event.at >= now - kRecent;
}

/// Why a replica had to start from the beginning, in the server's own words (replication.c,
/// networking.c).
bool tells_why(const LogEvent& event) {
  return event.message.find("overcoming of output buffer limits") != std::string::npos ||
         event.message.find("for lack of backlog") != std::string::npos;
}

}  // namespace

/// Each full sync is a fork and a copy of everything; one after the other is a loop.
std::optional<Cause> find_full_sync_loop(const StrainCase& strain_case) {
  constexpr std::ptrdiff_t kMany = 3;
  const auto& observation = strain_case.observation;
  const auto recent = [&](const LogEvent& event) { return is_recent(event, observation.now.wall); };
  const auto count = [&](LogEventKind kind) {
    return std::ranges::count_if(observation.log, [&](const LogEvent& event) {
      return event.kind == kind && recent(event);
    });
  };
  // A diskless sync has both lines, one by file the first alone.
  const auto is_reason = [&](const LogEvent& event) { return recent(event) && tells_why(event); };
  const auto reasons = std::ranges::count_if(observation.log, is_reason);
  const auto syncs =
      std::max({count(LogEventKind::sync_target), count(LogEventKind::sync_started), reasons});
  const auto reason = std::ranges::find_if(observation.log, is_reason);
  const auto replicas = strain_case.integer("redis.connected_slaves").value_or(0);
  if (syncs < kMany || syncs <= replicas) return std::nullopt;
  Cause cause{.id = "full-sync-loop", .confidence = Confidence::possible, .evidence = {}};
  cause.evidence.push_back(
      Evidence{"server log",
               format_count(syncs) + " full syncs were begun within the last 15 minutes.", false});
  if (reason != observation.log.end()) {
    cause.confidence = Confidence::likely;
    cause.evidence.push_back(Evidence{"server log", printable(reason->message), false});
  }
  return cause;
}

/// A knob that a file of this host sets otherwise: it was changed since the boot, or changed back.
std::optional<Cause> find_setting_reverted(const StrainCase& strain_case) {
  struct Knob {
    std::string_view name, live, persisted, why;
  };
  constexpr std::string_view kChanged = "somebody changed it since, or changed it back.";
  constexpr auto kKnobs = std::to_array<Knob>(
      {{"vm.overcommit_memory", "host.overcommit_memory", "host.persisted.overcommit_memory",
        kChanged},
       {"vm.overcommit_memory", "host.overcommit_memory",
        "host.persisted.ignored_overcommit_memory", "this system does not read it at boot."},
       {"transparent_hugepage/enabled", "host.thp_enabled", "host.persisted.thp_enabled",
        kChanged}});
  Cause cause{.id = "setting-reverted", .confidence = Confidence::likely, .evidence = {}};
  for (const Knob& knob : kKnobs) {
    const auto live = word(strain_case.observation.facts, knob.live);
    const auto persisted = word(strain_case.observation.facts, knob.persisted);
    if (!live || !persisted || *live == *persisted) continue;
    cause.evidence.push_back(strain_case.witness(
        knob.persisted, std::string(knob.name) + " is " + printable(*live) +
                            " although this file says " + printable(*persisted) + ": " +
                            std::string(knob.why)));
  }
  if (cause.evidence.empty()) return std::nullopt;
  return cause;
}

}  // namespace forkmend::diagnosis
