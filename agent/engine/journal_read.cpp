// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <boost/json/parse.hpp>
#include <utility>

#include "base/text.hpp"
#include "engine/journal_impl.hpp"
#include "engine/journal_schema.hpp"
#include "engine/step_json.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kIncidentColumns =
    "SELECT id, instance, cause, confidence, rule, plan, actor, state, opened, closed, report,"
    " '', NULL, '', '', NULL, NULL, 0 FROM incident ";
constexpr std::string_view kIncidentColumnsAndMore =
    "SELECT incident.id, instance, cause, confidence, rule, plan, incident.actor, state, opened,"
    " closed, report, coalesce(first, ''), acknowledgement.at, coalesce(acknowledgement.actor, ''),"
    " coalesce(comment, ''), opened_at, closed_at, coalesce(saves, 0)"
    " FROM incident LEFT JOIN boot_time ON boot_time.incident = incident.id AND boot = ?1"
    " LEFT JOIN host_incident ON host_incident.incident = incident.id"
    " LEFT JOIN own_save ON own_save.incident = incident.id"
    " LEFT JOIN acknowledgement ON acknowledgement.incident = incident.id ";
constexpr std::string_view kChangeColumns =
    "SELECT id, incident, plan, attempt, step, state, at, comment FROM change ";

Error unreadable(const std::string& what) {
  return Error{Errc::parse, "the journal holds " + what + ", which this forkmend cannot read"};
}

Result<IncidentRecord> incident_of(const Statement& row) {
  const auto state = parse_incident_state(row.text(7));
  if (!state) return unreadable("an incident in the state " + printable(row.text(7)));
  IncidentRecord incident;
  incident.id = row.text(0);
  incident.instance = row.text(1);
  incident.cause = row.text(2);
  incident.confidence = row.text(3);
  incident.rule = row.text(4);
  incident.plan = row.text(5);
  incident.actor = row.text(6);
  incident.state = *state;
  incident.opened = from_stored(row.integer(8));
  if (const auto closed = row.integer_or_null(9)) incident.closed = from_stored(*closed);
  incident.report = row.text(10);
  incident.host_incident = row.text(11);
  if (const auto at = row.integer_or_null(12)) {
    incident.acknowledged = Acknowledgement{from_stored(*at), row.text(13), row.text(14)};
  }
  if (const auto opened = row.integer_or_null(15)) incident.opened_boot.emplace(*opened);
  if (const auto closed = row.integer_or_null(16)) incident.closed_boot.emplace(*closed);
  incident.own_saves = row.integer(17);
  return incident;
}

Result<remediations::Step> stored_step(const std::string& text) {
  boost::json::error_code failure;
  const auto value = boost::json::parse(text, failure);
  if (failure) return Error{Errc::parse, failure.message()};
  return step_from_json(value);
}

Result<ChangeRecord> change_of(const Statement& row) {
  ChangeRecord change;
  change.id = row.integer(0);
  const std::string name = "change " + std::to_string(change.id);
  const auto state = parse_change_state(row.text(5));
  if (!state) return unreadable(name + " in the state " + printable(row.text(5)));
  auto step = stored_step(row.text(4));
  if (!step) return unreadable(name + " (" + step.error().message + ")");
  change.incident = row.text(1);
  change.plan = row.text(2);
  change.attempt = static_cast<int>(row.integer(3));
  change.step = *std::move(step);
  change.state = *state;
  change.at = from_stored(row.integer(6));
  change.comment = row.text(7);
  return change;
}

/// Every row of a query, each through `convert`.
template <class T, class Convert>
Result<std::vector<T>> rows(Statement& query, Convert convert) {
  std::vector<T> all;
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return all;
    Result<T> one = convert(query);
    if (!one) return one.error();
    all.push_back(*std::move(one));
  }
}

std::string with(std::string_view columns, std::string_view rest) {
  return std::string(columns) + std::string(rest);
}

/// A file that an older program wrote and that we may not write to lacks some tables.
Result<std::string> incident_query(const Database& database, std::string_view rest) {
  const auto later = has_later_tables(database);
  if (!later) return later.error();
  return with(*later ? kIncidentColumnsAndMore : kIncidentColumns, rest);
}

}  // namespace

Result<std::vector<IncidentRecord>> Journal::incidents(std::optional<WallTime> since) const {
  const auto text =
      incident_query(impl_->database, "WHERE opened >= ?2 ORDER BY opened, incident.id");
  if (!text) return text.error();
  auto query = impl_->database.prepare(*text);
  if (!query) return query.error();
  query->bind(boot_id()).bind(since ? to_stored(*since) : std::int64_t{0});
  return rows<IncidentRecord>(*query, incident_of);
}

Result<IncidentRecord> Journal::incident(const std::string& id) const {
  const auto text = incident_query(impl_->database, "WHERE incident.id = ?2");
  if (!text) return text.error();
  auto query = impl_->database.prepare(*text);
  if (!query) return query.error();
  query->bind(boot_id()).bind(id);
  auto found = rows<IncidentRecord>(*query, incident_of);
  if (!found) return found.error();
  if (found->empty()) {
    return Error{Errc::not_found, "the journal has no incident " + printable(id)};
  }
  return std::move(found->front());
}

Result<std::vector<IncidentEvent>> Journal::events(const std::string& incident) const {
  auto query = impl_->database.prepare("SELECT at, text FROM event WHERE incident = ? ORDER BY id");
  if (!query) return query.error();
  query->bind(incident);
  return rows<IncidentEvent>(*query, [](const Statement& row) -> Result<IncidentEvent> {
    return IncidentEvent{.at = from_stored(row.integer(0)), .text = row.text(1)};
  });
}

Result<std::vector<ChangeRecord>> Journal::changes(const std::string& incident) const {
  auto query =
      impl_->database.prepare(with(kChangeColumns, "WHERE ?1 = '' OR incident = ?1 ORDER BY id"));
  if (!query) return query.error();
  query->bind(incident);
  return rows<ChangeRecord>(*query, change_of);
}

Result<std::vector<ChangeRecord>> Journal::changes_in_force() const {
  auto query = impl_->database.prepare(
      with(kChangeColumns, "WHERE state IN ('intended', 'applied', 'undo-failed') ORDER BY id"));
  if (!query) return query.error();
  return rows<ChangeRecord>(*query, change_of);
}

Result<std::vector<std::string>> Journal::open_incidents() const {
  auto query =
      impl_->database.prepare("SELECT id FROM incident WHERE state = 'open' ORDER BY opened, id");
  if (!query) return query.error();
  return rows<std::string>(*query,
                           [](const Statement& row) -> Result<std::string> { return row.text(0); });
}

Result<std::string> Journal::stored_plan(const std::string& id) const {
  auto query = impl_->database.prepare("SELECT body FROM plan WHERE id = ?");
  if (!query) return query.error();
  query->bind(id);
  const auto row = query->step();
  if (!row) return row.error();
  if (!*row) {
    return Error{Errc::not_found, "there is no stored plan " + printable(id) +
                                      ": make one with --dry-run (with the same --state)"};
  }
  return query->text(0);
}

}  // namespace forkmend::engine
