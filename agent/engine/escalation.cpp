// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/escalation.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <iterator>
#include <utility>

#include "base/units.hpp"

namespace forkmend::engine {

namespace {

namespace json = boost::json;

/// outcome.healed_by of the incident's report; empty when it does not say.
std::string healed_by(const IncidentRecord& incident) {
  json::error_code failure;
  const json::value report = json::parse(incident.report, failure);
  if (failure || !report.is_object()) return {};
  const json::value* outcome = report.get_object().if_contains("outcome");
  if (outcome == nullptr || !outcome->is_object()) return {};
  const json::value* remedy = outcome->get_object().if_contains("healed_by");
  if (remedy == nullptr || !remedy->is_string()) return {};
  return std::string(remedy->get_string());
}

std::string history_of(const RecentHeal& heal, const PlanRequest& request) {
  const std::string ago =
      heal.ago.count() < 0 ? "at a time that is still to come" : format_duration(heal.ago) + " ago";
  return heal.remedy + " healed this " + ago + " (incident " + heal.incident +
         ") and it did not last " + format_duration(request.policy.rails.stable_after) +
         " (rail stable_after)";
}

RefusedRemedy skipped(const RecentHeal& heal, const PlanRequest& request) {
  return {heal.remedy, history_of(heal, request) + ": the next remedy has its turn", true,
          "a shorter stable_after in [rails] of " + request.policy.source};
}

}  // namespace

std::vector<RecentHeal> recent_heals(const std::vector<IncidentRecord>& history,
                                     const std::string& instance, const policy::Rails& rails,
                                     Now now) {
  std::vector<const IncidentRecord*> healed;
  for (const IncidentRecord& incident : history) {
    if (incident.instance != instance || incident.state != IncidentState::healed) continue;
    const auto ago = now.wall - incident.closed.value_or(incident.opened);
    if (ago < rails.stable_after) healed.push_back(&incident);
  }
  std::ranges::sort(healed, std::ranges::greater{}, [](const IncidentRecord* incident) {
    return incident->closed.value_or(incident->opened);
  });
  std::vector<RecentHeal> heals;
  for (const IncidentRecord* incident : healed) {
    std::string remedy = healed_by(*incident);
    if (remedy.empty()) continue;
    const auto ago = now.wall - incident->closed.value_or(incident->opened);
    heals.push_back({incident->cause, std::move(remedy), incident->id,
                     std::chrono::duration_cast<std::chrono::milliseconds>(ago)});
  }
  return heals;
}

const RecentHeal* last_heal(const PlanRequest& request, std::string_view cause) {
  const auto found = std::ranges::find(request.recent_heals, cause, &RecentHeal::cause);
  return found == request.recent_heals.end() ? nullptr : &*found;
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

std::vector<IncidentRecord> recorded_incidents(const std::string& state_dir) {
  const auto journal = Journal::open_read_only(state_dir);
  if (!journal) return {};
  auto incidents = (*journal)->incidents(std::nullopt);
  return incidents ? *std::move(incidents) : std::vector<IncidentRecord>{};
}

}  // namespace forkmend::engine
