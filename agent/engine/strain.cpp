// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/strain.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <utility>

#include "base/units.hpp"
#include "engine/heal.hpp"
#include "engine/reported_outcome.hpp"
#include "policy/cause_ids.hpp"

namespace forkmend::engine {

namespace {

namespace json = boost::json;

/// In this time it shows whether a remedy has eased the strain.
constexpr std::chrono::hours kToShow{24};

bool has_rule(const diagnosis::Cause& strain, const policy::Policy& policy, const FactSet& facts) {
  if (strain.confidence == diagnosis::Confidence::possible) return false;
  return policy::match_rule(policy, policy::Trigger::strain, strain.id, facts).rule != nullptr;
}

/// Of a change as a report has it.
std::string remedy_of(const json::value& change) {
  const json::object* whole = change.if_object();
  const json::value* step = whole == nullptr ? nullptr : whole->if_contains("step");
  const json::object* parts = step == nullptr ? nullptr : step->if_object();
  return text_or_nothing(parts == nullptr ? nullptr : parts->if_contains("remedy"));
}

/// Of the incident's report, each once. What was interrupted has not shown anything.
std::vector<std::string> remedies_changed_by(const IncidentRecord& incident) {
  const ReportedOutcome outcome(incident.report);
  if (outcome.text("state") == to_string(HealState::interrupted)) return {};
  const json::array* changes = outcome.list("changes");
  std::vector<std::string> remedies;
  if (changes == nullptr) return remedies;
  for (const json::value& change : *changes) {
    std::string remedy = remedy_of(change);
    if (std::ranges::find(remedies, remedy) != remedies.end()) continue;
    remedies.push_back(std::move(remedy));
  }
  return remedies;
}

}  // namespace

bool saves_are_well(const diagnosis::Diagnosis& diagnosis, const forecast::Forecast& forecast) {
  return !diagnosis.failing && !forecast::denies(forecast.verdict);
}

std::vector<const diagnosis::Cause*> strains_with_rule(const diagnosis::Diagnosis& diagnosis,
                                                       const policy::Policy& policy,
                                                       const FactSet& facts) {
  std::vector<const diagnosis::Cause*> found;
  for (const diagnosis::Cause& strain : diagnosis.strains) {
    if (has_rule(strain, policy, facts)) found.push_back(&strain);
  }
  return found;
}

std::vector<RecentHeal> strain_attempts(const std::vector<IncidentRecord>& history,
                                        const std::string& instance, Now now) {
  std::vector<RecentHeal> tried;
  for (const IncidentRecord& incident : history) {
    if (incident.instance != instance || !policy::is_strain(incident.cause)) continue;
    const auto ago = ended_ago(incident, now);
    if (ago >= kToShow) continue;
    for (std::string& remedy : remedies_changed_by(incident)) {
      tried.push_back({.cause = incident.cause,
                       .remedy = std::move(remedy),
                       .incident = incident.id,
                       .ago = std::chrono::duration_cast<std::chrono::milliseconds>(ago)});
    }
  }
  return tried;
}

std::optional<RefusedRemedy> no_answer_to_strain(const PlanRequest& request,
                                                 const std::string& strain,
                                                 const Attempt& attempt) {
  if (request.trigger != policy::Trigger::strain) return std::nullopt;
  if (attempt.mitigates) {
    return RefusedRemedy{attempt.remedy,
                         "it only keeps a server going whose saves fail, and none fails"};
  }
  const auto before = std::ranges::find_if(request.strain_attempts, [&](const RecentHeal& one) {
    return one.cause == strain && one.remedy == attempt.remedy;
  });
  if (before == request.strain_attempts.end()) return std::nullopt;
  const std::string ago = before->ago.count() < 0 ? "at a time that is still to come"
                                                  : format_duration(before->ago) + " ago";
  return RefusedRemedy{attempt.remedy, "it was tried against this strain " + ago + " (incident " +
                                           before->incident + "): once a day"};
}

}  // namespace forkmend::engine
