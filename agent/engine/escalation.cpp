// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/escalation.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/units.hpp"
#include "engine/incident_time.hpp"
#include "engine/provisional.hpp"
#include "engine/reported_outcome.hpp"

namespace forkmend::engine {

namespace {

/// A bridge that was used within this time is not a bridge any more when it is wanted again.
constexpr std::chrono::hours kEpisode{24};

std::string history_of(const RecentHeal& heal, const PlanRequest& request) {
  const std::string ago =
      heal.ago.count() < 0 ? "at a time that is still to come" : format_duration(heal.ago) + " ago";
  return heal.remedy + " healed this " + ago + " (incident " + heal.incident +
         ") and it did not last " + format_duration(request.policy.rails.stable_after) +
         " (rail stable_after) or " + std::to_string(request.policy.rails.stable_saves) +
         " saves of the server's own (stable_saves)";
}

RefusedRemedy skipped(const RecentHeal& heal, const PlanRequest& request) {
  return {heal.remedy, history_of(heal, request) + ": the next remedy has its turn", true,
          "a shorter stable_after, or fewer stable_saves, in [rails] of " + request.policy.source};
}

}  // namespace

namespace {

/// Those of the instance with this state, younger than `age`, newest first.
std::vector<const IncidentRecord*> recent(const std::vector<IncidentRecord>& history,
                                          const std::string& instance, IncidentState state,
                                          std::chrono::nanoseconds age, Now now) {
  std::vector<const IncidentRecord*> found;
  for (const IncidentRecord& incident : history) {
    if (incident.instance != instance || incident.state != state) continue;
    if (ended_ago(incident, now) < age) found.push_back(&incident);
  }
  std::ranges::sort(found, {},
                    [&](const IncidentRecord* incident) { return ended_ago(*incident, now); });
  return found;
}

void append(std::vector<RecentHeal>& heals, const IncidentRecord& incident, Now now) {
  const bool mitigated = incident.state == IncidentState::mitigated;
  std::string remedy =
      ReportedOutcome(incident.report).text(mitigated ? "mitigated_by" : "healed_by");
  if (remedy.empty()) return;
  const auto ago = ended_ago(incident, now);
  heals.push_back({.cause = incident.cause,
                   .remedy = std::move(remedy),
                   .incident = incident.id,
                   .ago = std::chrono::duration_cast<std::chrono::milliseconds>(ago),
                   .only_mitigated = mitigated,
                   .own_saves = incident.own_saves});
}

}  // namespace

std::vector<RecentHeal> recent_heals(const std::vector<IncidentRecord>& history,
                                     const std::string& instance, const policy::Rails& rails,
                                     Now now) {
  std::vector<RecentHeal> heals;
  for (const auto* one :
       recent(history, instance, IncidentState::healed, rails.stable_after, now)) {
    if (is_provisional(*one, rails, now)) append(heals, *one, now);
  }
  const auto any = recent(history, instance, IncidentState::healed, kEpisode, now);
  for (const auto* one : recent(history, instance, IncidentState::mitigated, kEpisode, now)) {
    // After a heal it is another episode, and what a person has looked at is decided.
    const bool over = !any.empty() && ended_ago(*one, now) >= ended_ago(*any.front(), now);
    if (!over && !one->acknowledged) append(heals, *one, now);
  }
  return heals;
}

const RecentHeal* last_mitigation(const PlanRequest& request, std::string_view cause,
                                  std::string_view remedy) {
  const auto found = std::ranges::find_if(request.recent_heals, [&](const RecentHeal& heal) {
    return heal.only_mitigated && heal.cause == cause && heal.remedy == remedy;
  });
  return found == request.recent_heals.end() ? nullptr : &*found;
}

const RecentHeal* last_heal(const PlanRequest& request, std::string_view cause) {
  const auto found = std::ranges::find_if(request.recent_heals, [&](const RecentHeal& heal) {
    return !heal.only_mitigated && heal.cause == cause;
  });
  return found == request.recent_heals.end() ? nullptr : &*found;
}

std::optional<RecentHeal> relapse(const std::vector<IncidentRecord>& history,
                                  const std::string& instance, const std::string& cause,
                                  const policy::Rails& rails, Now now) {
  const IncidentRecord* last = nullptr;
  for (const IncidentRecord& incident : history) {
    if (incident.instance != instance || incident.cause != cause) continue;
    if (last == nullptr || order_of(incident) > order_of(*last)) last = &incident;
  }
  if (last == nullptr || last->state != IncidentState::healed) return std::nullopt;
  const auto heals = recent_heals({*last}, instance, rails, now);
  return heals.empty() ? std::nullopt : std::optional(heals.front());
}

void escalate(Plan& plan, const PlanRequest& request) {
  const RecentHeal* heal = last_heal(request, plan.cause);
  if (heal == nullptr) return;
  const auto last = std::ranges::find(plan.attempts, heal->remedy, &Attempt::remedy);
  if (last == plan.attempts.end()) return;
  if (plan.attempts.size() == 1) {
    last->because = history_of(*heal, request) + "; the rule has nothing else that is enough";
    return;
  }
  std::ranges::rotate(plan.attempts, std::next(last));
  plan.attempts.pop_back();
  plan.refused.push_back(skipped(*heal, request));
  plan.attempts.front().because = "it has its turn: " + history_of(*heal, request);
}

namespace {

std::vector<IncidentRecord> incidents_in(const Journal& journal) {
  auto incidents = journal.incidents(std::nullopt);
  return incidents ? *std::move(incidents) : std::vector<IncidentRecord>{};
}

Ledger ledger_in(const Journal& journal) {
  auto ledger = journal.ledger();
  return ledger ? *std::move(ledger) : Ledger();
}

}  // namespace

std::vector<IncidentRecord> recorded_incidents(const std::string& state_dir) {
  const auto journal = Journal::open_read_only(state_dir);
  return journal ? incidents_in(**journal) : std::vector<IncidentRecord>{};
}

Ledger recorded_ledger(const std::string& state_dir) {
  const auto journal = Journal::open_read_only(state_dir);
  return journal ? ledger_in(**journal) : Ledger();
}

RecordedPast recorded_past(const std::string& state_dir) {
  const auto journal = Journal::open_read_only(state_dir);
  if (!journal) return {};
  return {.incidents = incidents_in(**journal), .ledger = ledger_in(**journal)};
}

}  // namespace forkmend::engine
