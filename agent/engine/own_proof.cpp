// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/own_proof.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"

namespace forkmend::engine {

namespace {

namespace json = boost::json;

/// The report and its part "outcome"; nullptr where it has none.
struct ReportedOutcome {
  explicit ReportedOutcome(const std::string& text) {
    json::error_code failure;
    report = json::parse(text, failure);
    json::object* whole = failure ? nullptr : report.if_object();
    json::value* part = whole == nullptr ? nullptr : whole->if_contains("outcome");
    outcome = part == nullptr ? nullptr : part->if_object();
  }

  json::value report;
  json::object* outcome = nullptr;
};

std::string remedy_of(const json::object& outcome) {
  const json::value* by = outcome.if_contains("mitigated_by");
  return by != nullptr && by->is_string() ? std::string(by->get_string()) : std::string();
}

}  // namespace

bool awaits_own_save(const IncidentRecord& incident) {
  if (incident.state != IncidentState::mitigated) return false;
  const ReportedOutcome reported(incident.report);
  if (reported.outcome == nullptr) return false;
  const json::value* put_off = reported.outcome->if_contains("put_off");
  return put_off != nullptr && put_off->is_bool() && put_off->get_bool() &&
         !remedy_of(*reported.outcome).empty();
}

Result<void> record_own_proof(Journal& journal, const IncidentRecord& incident,
                              const std::string& save) {
  ReportedOutcome reported(incident.report);
  if (reported.outcome == nullptr) return Error{Errc::invalid, incident.id + " has no outcome"};
  json::object& outcome = *reported.outcome;
  const std::string remedy = remedy_of(outcome);
  outcome["state"] = "healed";
  outcome["healed_by"] = remedy;
  outcome["mitigated_by"] = "";
  auto closed =
      journal.close_incident(incident.id, IncidentState::healed, json::serialize(reported.report));
  if (!closed) return closed;
  auto counted = journal.count(remedy, incident.cause, RemedyOutcome::healed);
  if (!counted) return counted;
  return journal.note(incident.id, save + " has worked: " + printable(remedy) + " is proven");
}

Result<void> settle_unproven(Journal& journal, const std::vector<IncidentRecord>& history,
                             const std::string& instance, const std::string& by) {
  for (const IncidentRecord& incident : history) {
    if (incident.instance != instance || !awaits_own_save(incident)) continue;
    auto settled = record_own_proof(journal, incident, "the save of incident " + by);
    if (!settled) return settled;
  }
  return ok();
}

}  // namespace forkmend::engine
