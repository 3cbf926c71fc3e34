// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/journal.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <ctime>
#include <utility>

#include "base/text.hpp"
#include "engine/journal_impl.hpp"
#include "engine/step_json.hpp"

namespace forkmend::engine {

namespace {

WallTime now() {
  return read_clock().wall;
}

/// A commit whose last sync fails is reported as an error and may be there all the same (the
/// database is synced, the rollback journal's end is not). Nothing was done for such an intent.
void disown_intents(Database& database, std::int64_t newest_before) {
  auto update = database.prepare(
      "UPDATE change SET state = 'failed', comment = 'its record failed: nothing was changed'"
      " WHERE id > ? AND state = 'intended'");
  // Where this fails too, an undo finds the old value and says so.
  if (update) static_cast<void>(update->bind(newest_before).run());
}

Result<void> note_boot_time(Database& database, const IncidentRecord& incident) {
  if (!incident.opened_boot) return ok();
  auto insert = database.prepare(
      "INSERT OR REPLACE INTO boot_time (incident, boot, opened_at) VALUES (?, ?, ?)");
  if (!insert) return insert.error();
  insert->bind(incident.id).bind(boot_id());
  return insert->bind(std::int64_t{incident.opened_boot->count()}).run();
}

/// One that is closed anew after a reboot belongs to no boot.
Result<void> note_boot_end(Database& database, const std::string& incident) {
  auto update = database.prepare(
      "UPDATE boot_time SET closed_at = CASE boot WHEN ? THEN ? END WHERE incident = ?");
  if (!update) return update.error();
  update->bind(boot_id()).bind(std::int64_t{read_clock().boot.count()});
  return update->bind(incident).run();
}

Result<void> put_incident(Database& database, const IncidentRecord& incident) {
  auto insert = database.prepare(
      "INSERT INTO incident (id, instance, cause, confidence, rule, plan, actor, state, opened,"
      " closed, report) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  std::optional<std::int64_t> closed;
  if (incident.closed) closed = to_stored(*incident.closed);
  insert->bind(incident.id).bind(incident.instance).bind(incident.cause);
  insert->bind(incident.confidence).bind(incident.rule).bind(incident.plan).bind(incident.actor);
  insert->bind(to_string(incident.state)).bind(to_stored(incident.opened)).bind(closed);
  auto inserted = insert->bind(incident.report).run();
  if (inserted) inserted = note_boot_time(database, incident);
  if (!inserted || incident.host_incident.empty()) return inserted;
  auto part = database.prepare("INSERT INTO host_incident (incident, first) VALUES (?, ?)");
  if (!part) return part.error();
  return part->bind(incident.id).bind(incident.host_incident).run();
}

Error no_incident(const std::string& id) {
  return Error{Errc::not_found, "the journal has no incident " + printable(id)};
}

/// Within a transaction; the table `gone` is empty.
Result<std::int64_t> remove_before(Database& database, std::int64_t oldest) {
  auto chosen = database.prepare(
      "INSERT INTO gone SELECT id FROM incident WHERE closed < ? AND state <> 'open'"
      " AND id NOT IN (SELECT incident FROM change"
      "                WHERE state IN ('intended', 'applied', 'undo-failed'))");
  if (!chosen) return chosen.error();
  auto done = chosen->bind(oldest).run();
  if (!done) return done.error();
  done = database.execute(
      "DELETE FROM event WHERE incident IN (SELECT id FROM gone);"
      "DELETE FROM change WHERE incident IN (SELECT id FROM gone);"
      "DELETE FROM host_incident WHERE incident IN (SELECT id FROM gone);"
      "DELETE FROM boot_time WHERE incident IN (SELECT id FROM gone);"
      "DELETE FROM own_save WHERE incident IN (SELECT id FROM gone);"
      "DELETE FROM acknowledgement WHERE incident IN (SELECT id FROM gone);"
      "DELETE FROM incident WHERE id IN (SELECT id FROM gone)");
  if (!done) return done.error();
  const std::int64_t removed = database.rows_changed();
  auto plans = database.prepare("DELETE FROM plan WHERE at < ?");
  if (!plans) return plans.error();
  done = plans->bind(oldest).run();
  if (!done) return done.error();
  return removed;
}

}  // namespace

std::int64_t to_stored(WallTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

WallTime from_stored(std::int64_t microseconds) {
  return WallTime(
      std::chrono::duration_cast<WallTime::duration>(std::chrono::microseconds(microseconds)));
}

std::string new_incident_id(WallTime opened, std::uint16_t random) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(opened);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> time{};
  const std::size_t length = std::strftime(time.data(), time.size(), "%Y%m%dT%H%M%S", &utc);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = "i-" + std::string(time.data(), length) + "-";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) id += kDigits[(random >> shift) & 0xFU];
  return id;
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Journal::~Journal() = default;

Result<void> Journal::open_incident(const IncidentRecord& incident,
                                    const std::vector<std::string>& notes) {
  return impl_->database.transact([&]() -> Result<void> {
    auto done = put_incident(impl_->database, incident);
    for (const std::string& text : notes) {
      if (done) done = note(incident.id, text);
    }
    return done;
  });
}

Result<void> Journal::acknowledge(const std::string& incident,
                                  const Acknowledgement& acknowledgement) {
  const auto known = this->incident(incident);
  if (!known) return known.error();
  auto insert = impl_->database.prepare(
      "INSERT OR REPLACE INTO acknowledgement (incident, at, actor, comment) VALUES (?, ?, ?, ?)");
  if (!insert) return insert.error();
  insert->bind(incident).bind(to_stored(acknowledgement.at));
  return insert->bind(acknowledgement.actor).bind(acknowledgement.comment).run();
}

Result<void> Journal::close_incident(const std::string& id, IncidentState state,
                                     const std::string& report) {
  Database& database = impl_->database;
  return database.transact([&]() -> Result<void> {
    auto update =
        database.prepare("UPDATE incident SET state = ?, closed = ?, report = ? WHERE id = ?");
    if (!update) return update.error();
    update->bind(to_string(state)).bind(to_stored(now())).bind(report).bind(id);
    const auto done = update->run();
    if (!done) return done.error();
    if (database.rows_changed() == 0) return no_incident(id);
    return state == IncidentState::open ? ok() : note_boot_end(database, id);
  });
}

Result<void> Journal::note(const std::string& incident, const std::string& text) {
  auto insert = impl_->database.prepare("INSERT INTO event (incident, at, text) VALUES (?, ?, ?)");
  if (!insert) return insert.error();
  return insert->bind(incident).bind(to_stored(now())).bind(text).run();
}

Result<std::int64_t> Journal::intend(const ChangeRecord& change) {
  const auto newest = impl_->database.integer_of("SELECT coalesce(max(id), 0) FROM change");
  if (!newest) return newest.error().during("recording a change before it is made");
  auto insert = impl_->database.prepare(
      "INSERT INTO change (incident, plan, attempt, target, step, state, at, comment)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  insert->bind(change.incident).bind(change.plan).bind(std::int64_t{change.attempt});
  insert->bind(printable(to_string(change.step.target)));
  insert->bind(boost::json::serialize(step_to_json(change.step)));
  insert->bind(to_string(ChangeState::intended)).bind(to_stored(now())).bind(change.comment);
  const auto done = insert->run();
  if (!done) {
    disown_intents(impl_->database, *newest);
    return done.error().during("recording a change before it is made");
  }
  return impl_->database.last_insert_id();
}

Result<void> Journal::mark(std::int64_t change, ChangeState state, const std::string& comment) {
  auto update =
      impl_->database.prepare("UPDATE change SET state = ?, at = ?, comment = ? WHERE id = ?");
  if (!update) return update.error();
  update->bind(to_string(state)).bind(to_stored(now())).bind(comment).bind(change);
  const auto done = update->run();
  if (!done) return done.error();
  if (impl_->database.rows_changed() == 0) {
    return Error{Errc::not_found, "the journal has no change " + std::to_string(change)};
  }
  return ok();
}

Result<void> Journal::save_plan(const Plan& plan) {
  auto insert =
      impl_->database.prepare("INSERT OR REPLACE INTO plan (id, at, body) VALUES (?, ?, ?)");
  if (!insert) return insert.error();
  const std::string body = boost::json::serialize(plan_to_json(plan));
  return insert->bind(plan.id).bind(to_stored(now())).bind(body).run();
}

Result<std::int64_t> Journal::prune(WallTime oldest) {
  Database& database = impl_->database;
  std::int64_t count = 0;
  const auto done = database.transact([&]() -> Result<void> {
    auto emptied = database.execute(
        "CREATE TEMP TABLE IF NOT EXISTS gone (id TEXT PRIMARY KEY); DELETE FROM gone");
    if (!emptied) return emptied;
    const auto removed = remove_before(database, to_stored(oldest));
    if (!removed) return removed.error();
    count = *removed;
    return ok();
  });
  if (!done) return done.error();
  return count;
}

}  // namespace forkmend::engine
