// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What remedies have come to. The ledger outlives the incidents that it is made of.
#include "engine/journal_impl.hpp"
#include "engine/journal_schema.hpp"

namespace forkmend::engine {

namespace {

/// One more in the column of that outcome.
constexpr std::string_view kCountOutcome =
    "INSERT INTO ledger (remedy, cause, healed, mitigated, failed, relapsed, last)"
    " VALUES (?1, ?2, ?3 = 'healed', ?3 = 'mitigated', ?3 = 'failed', ?3 = 'relapsed', ?4)"
    " ON CONFLICT (remedy, cause) DO UPDATE SET healed = healed + excluded.healed,"
    " mitigated = mitigated + excluded.mitigated, failed = failed + excluded.failed,"
    " relapsed = relapsed + excluded.relapsed, last = excluded.last";

LedgerEntry entry_of(const Statement& row) {
  return {.remedy = row.text(0),
          .cause = row.text(1),
          .healed = row.integer(2),
          .mitigated = row.integer(3),
          .failed = row.integer(4),
          .relapsed = row.integer(5),
          .last = from_stored(row.integer(6))};
}

}  // namespace

Result<void> Journal::count(const std::string& remedy, const std::string& cause,
                            RemedyOutcome outcome) {
  auto insert = impl_->database.prepare(kCountOutcome);
  if (!insert) return insert.error();
  insert->bind(remedy).bind(cause).bind(to_string(outcome));
  return insert->bind(to_stored(read_clock().wall)).run();
}

Result<std::int64_t> Journal::count_save(const std::string& incident) {
  const auto known = this->incident(incident);
  if (!known) return known.error();
  auto insert = impl_->database.prepare(
      "INSERT INTO own_save (incident, saves) VALUES (?, 1)"
      " ON CONFLICT (incident) DO UPDATE SET saves = saves + 1");
  if (!insert) return insert.error();
  const auto done = insert->bind(incident).run();
  if (!done) return done.error();
  return known->own_saves + 1;
}

Result<Ledger> Journal::ledger() const {
  // A file that an older program wrote and that we may not write to.
  const auto later = has_later_tables(impl_->database);
  if (!later) return later.error();
  if (!*later) return Ledger();
  auto query = impl_->database.prepare(
      "SELECT remedy, cause, healed, mitigated, failed, relapsed, last FROM ledger"
      " ORDER BY remedy, cause");
  if (!query) return query.error();
  Ledger ledger;
  while (true) {
    const auto row = query->step();
    if (!row) return row.error();
    if (!*row) return ledger;
    ledger.push_back(entry_of(*query));
  }
}

}  // namespace forkmend::engine
