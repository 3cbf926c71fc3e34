// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/own_proof.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "engine/reported_outcome.hpp"

namespace forkmend::engine {

namespace json = boost::json;

bool awaits_own_save(const IncidentRecord& incident) {
  if (incident.state != IncidentState::mitigated) return false;
  const ReportedOutcome reported(incident.report);
  return reported.is_true("put_off") && !reported.text("mitigated_by").empty();
}

Result<void> record_own_proof(Journal& journal, const IncidentRecord& incident,
                              const std::string& save) {
  ReportedOutcome reported(incident.report);
  if (reported.object() == nullptr) return Error{Errc::invalid, incident.id + " has no outcome"};
  json::object& outcome = *reported.object();
  const std::string remedy = reported.text("mitigated_by");
  outcome["state"] = "healed";
  outcome["healed_by"] = remedy;
  outcome["mitigated_by"] = "";
  auto closed = journal.close_incident(incident.id, IncidentState::healed,
                                       json::serialize(reported.report()));
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
