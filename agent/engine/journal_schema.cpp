// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/journal_schema.hpp"

#include <cerrno>
#include <initializer_list>
#include <string>

namespace forkmend::engine {

namespace {

/// "fkmd": tells our file from anybody else's (PRAGMA application_id).
constexpr std::int64_t kApplicationId = 0x666B6D64;

// Times are microseconds since the epoch, UTC. A change keeps its step as JSON, and its target
// once more as text for people with the sqlite3 shell.
constexpr const char* kTables = R"sql(
CREATE TABLE incident (
  id TEXT PRIMARY KEY, instance TEXT NOT NULL, cause TEXT NOT NULL, confidence TEXT NOT NULL,
  rule TEXT NOT NULL, plan TEXT NOT NULL, actor TEXT NOT NULL, state TEXT NOT NULL,
  opened INTEGER NOT NULL, closed INTEGER, report TEXT NOT NULL
);
CREATE INDEX incident_by_time ON incident (opened);
CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL REFERENCES incident (id),
  at INTEGER NOT NULL, text TEXT NOT NULL
);
CREATE INDEX event_by_incident ON event (incident);
CREATE TABLE change (
  id INTEGER PRIMARY KEY AUTOINCREMENT, incident TEXT NOT NULL REFERENCES incident (id),
  plan TEXT NOT NULL, attempt INTEGER NOT NULL, target TEXT NOT NULL, step TEXT NOT NULL,
  state TEXT NOT NULL, at INTEGER NOT NULL, comment TEXT NOT NULL
);
CREATE INDEX change_by_incident ON change (incident);
CREATE INDEX change_by_state ON change (state);
CREATE TABLE plan (id TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL);
PRAGMA application_id=1718316388;
PRAGMA user_version=1;
)sql";

// An older program does not see acknowledgements: its breaker then stays open, which is safe.
constexpr const char* kLaterTables = R"sql(
CREATE TABLE IF NOT EXISTS host_incident (incident TEXT PRIMARY KEY, first TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS acknowledgement (
  incident TEXT PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, comment TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS boot_time (
  incident TEXT PRIMARY KEY, boot TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER
);
CREATE TABLE IF NOT EXISTS ledger (
  remedy TEXT NOT NULL, cause TEXT NOT NULL, healed INTEGER NOT NULL, mitigated INTEGER NOT NULL,
  failed INTEGER NOT NULL, relapsed INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (remedy, cause)
);
CREATE TABLE IF NOT EXISTS own_save (incident TEXT PRIMARY KEY, saves INTEGER NOT NULL);
)sql";

Error not_a_journal(const std::string& path) {
  return Error{Errc::parse,
               path + " is a SQLite file, but not a journal of forkmend; move it away"};
}

Result<void> check_pages(const Database& database, const std::string& path) {
  const auto verdict = database.text_of("PRAGMA quick_check(1)");
  if (!verdict) return verdict.error();
  if (*verdict == "ok") return ok();
  return Error{Errc::parse, "the journal " + path + " is damaged (" + *verdict +
                                "): which changes are in force is not known. Nothing is changed "
                                "until it is moved away for a person to look at: mv " +
                                path + " " + path + ".damaged"};
}

/// Made, and nothing written yet: whoever began it was ended before its first transaction.
Result<bool> is_empty(const Database& database) {
  const auto tables = database.integer_of("SELECT count(*) FROM sqlite_master");
  if (!tables) return tables.error();
  const auto version = database.integer_of("PRAGMA user_version");
  if (!version) return version.error();
  return *tables == 0 && *version == 0;
}

/// All of them or none: a disk syncs each transaction four times.
Result<void> make_tables(Database& database, std::initializer_list<const char*> sql) {
  return database.transact([&] {
    for (const char* tables : sql) {
      if (auto made = database.execute(tables); !made) return made;
    }
    return ok();
  });
}

}  // namespace

Result<void> check_journal(const Database& database, const std::string& path) {
  const auto empty = is_empty(database);
  if (!empty) return empty.error();
  if (*empty) return Error{Errc::not_found, "there is nothing in the journal yet: " + path, ENOENT};
  const auto application = database.integer_of("PRAGMA application_id");
  if (!application) return application.error();
  if (*application != kApplicationId) return not_a_journal(path);
  const auto version = database.integer_of("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > kJournalSchema) {
    return Error{Errc::unsupported, "the journal " + path + " has schema " +
                                        std::to_string(*version) + ", this forkmend knows " +
                                        std::to_string(kJournalSchema) +
                                        ": use the newer forkmend that wrote it"};
  }
  if (*version < 1) return not_a_journal(path);
  return ok();
}

Result<bool> has_later_tables(const Database& database) {
  const auto count = database.integer_of(
      "SELECT count(*) FROM sqlite_master"
      " WHERE name IN ('host_incident', 'acknowledgement', 'boot_time', 'ledger', 'own_save')");
  if (!count) return count.error();
  return *count == 5;
}

Result<void> prepare_journal(Database& database, const std::string& path) {
  const auto empty = is_empty(database);
  if (!empty) return empty.error();
  auto known = *empty ? ok() : check_journal(database, path);
  if (!known) return known;
  auto mode = database.execute("PRAGMA journal_mode=PERSIST");
  if (!mode) return mode;
  if (*empty) {
    auto made = make_tables(database, {kTables, kLaterTables});
    return made ? made : made.error().during("making the journal's tables");
  }
  auto sound = check_pages(database, path);
  if (!sound) return sound;
  const auto later = has_later_tables(database);
  if (!later) return later.error();
  return *later ? ok() : make_tables(database, {kLaterTables});
}

}  // namespace forkmend::engine
