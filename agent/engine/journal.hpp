// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/ledger.hpp"
#include "engine/plan.hpp"
#include "remediations/step.hpp"

namespace forkmend::engine {

/// Where a change stands. Ordered as a life: intended is on disk before the write happens.
enum class ChangeState {
  intended,    ///< the write may or may not have happened: recovery looks at the live value
  applied,     ///< written and read back
  failed,      ///< the write was refused; nothing changed
  undone,      ///< the old value is back, read back
  released,    ///< somebody else changed it since: left to the admin
  undo_failed  ///< still ours; a person is needed
};
[[nodiscard]] std::string_view to_string(ChangeState state);
[[nodiscard]] std::optional<ChangeState> parse_change_state(std::string_view text);

enum class IncidentState {
  open,
  healed,
  mitigated,
  not_healed,
  undo_incomplete,
  advice,
  blocked,
  rolled_back
};
[[nodiscard]] std::string_view to_string(IncidentState state);
[[nodiscard]] std::optional<IncidentState> parse_incident_state(std::string_view text);

struct ChangeRecord {
  std::int64_t id = 0;
  std::string incident;
  std::string plan;
  int attempt = 0;
  remediations::Step step;
  ChangeState state = ChangeState::intended;
  WallTime at;          ///< of the last state
  std::string comment;  ///< error text, drift, who
};

/// A person has looked at an incident: it and those before it open the breaker no more.
struct Acknowledgement {
  WallTime at;
  std::string actor;
  std::string comment;
};

struct IncidentRecord {
  std::string id;  ///< "i-" + time + random, sortable
  std::string instance;
  std::string cause;
  std::string confidence;
  std::string rule;
  std::string plan;
  std::string actor;  ///< "fix by root (uid 0)", "agent"
  IncidentState state = IncidentState::open;
  WallTime opened;
  std::optional<WallTime> closed;
  std::string report;  ///< JSON: diagnosis, forecast, plan, verification
  /// Id of the first incident of a host-wide one that this is a part of; empty: it stands alone.
  std::string host_incident = {};
  std::optional<Acknowledgement> acknowledged = {};  ///< the last one
  std::int64_t own_saves = 0;  ///< of the server, that worked since it was healed (provisional.hpp)
  /// CLOCK_BOOTTIME of opening and closing, for what happened since the host was booted last: a
  /// wall clock that is set does not move it.
  std::optional<std::chrono::nanoseconds> opened_boot = {};
  std::optional<std::chrono::nanoseconds> closed_boot = {};
};

/// How long ago it ended (began, while it is open): by the clock that counts since the boot where
/// that is known, else by wall time, where less than nothing means that the clock was set back.
[[nodiscard]] std::chrono::nanoseconds ended_ago(const IncidentRecord& incident, Now now);

/// From the beginning of one to the beginning of the other.
[[nodiscard]] std::chrono::nanoseconds apart(const IncidentRecord& first,
                                             const IncidentRecord& second);

/// "i-20260821T031502-9f3a": UTC, and random digits for incidents of the same second.
[[nodiscard]] std::string new_incident_id(WallTime opened, std::uint16_t random);

struct IncidentEvent {
  WallTime at;
  std::string text;
};

/// The record of everything (SQLite, synchronous=EXTRA, rollback journal). Each call is durable
/// when it returns. One writer: hold the HostLock.
class Journal {
 public:
  /// Opens or makes STATE/journal.db (0600, directory 0700, owner checked). Errors: no_space,
  /// permission_denied, parse (corrupt: the message says what to do), unsupported (newer schema).
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const std::string& state_dir);
  /// For history: never writes, works while another process holds the lock; not_found when none.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open_read_only(
      const std::string& state_dir);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// With what is known at its beginning.
  [[nodiscard]] Result<void> open_incident(const IncidentRecord& incident,
                                           const std::vector<std::string>& notes = {});
  [[nodiscard]] Result<void> close_incident(const std::string& id, IncidentState state,
                                            const std::string& report);
  [[nodiscard]] Result<void> note(const std::string& incident, const std::string& text);
  /// Errors: not_found. Needs no HostLock.
  [[nodiscard]] Result<void> acknowledge(const std::string& incident,
                                         const Acknowledgement& acknowledgement);

  /// One more save of the server's own since that heal; returns how many. Needs no HostLock.
  [[nodiscard]] Result<std::int64_t> count_save(const std::string& incident);

  /// Durable intent; returns the change's id.
  [[nodiscard]] Result<std::int64_t> intend(const ChangeRecord& change);
  [[nodiscard]] Result<void> mark(std::int64_t change, ChangeState state,
                                  const std::string& comment);

  /// Oldest first. The newest hundred with their reports: those of all of them are megabytes.
  [[nodiscard]] Result<std::vector<IncidentRecord>> incidents(std::optional<WallTime> since) const;
  /// With its report.
  [[nodiscard]] Result<IncidentRecord> incident(const std::string& id) const;
  [[nodiscard]] Result<std::vector<IncidentEvent>> events(const std::string& incident) const;
  /// All of an incident (empty: of every incident), oldest first.
  [[nodiscard]] Result<std::vector<ChangeRecord>> changes(const std::string& incident) const;
  /// Changes that are still in force: intended, applied or undo_failed.
  [[nodiscard]] Result<std::vector<ChangeRecord>> changes_in_force() const;
  /// Ids of the incidents that nobody has closed, oldest first. For who holds the HostLock: their
  /// makers ended in the middle.
  [[nodiscard]] Result<std::vector<std::string>> open_incidents() const;

  /// One more outcome of a remedy against a cause.
  [[nodiscard]] Result<void> count(const std::string& remedy, const std::string& cause,
                                   RemedyOutcome outcome);
  /// By remedy and cause. prune() takes nothing of it.
  [[nodiscard]] Result<Ledger> ledger() const;

  /// A dry-run's plan, so that --plan ID can find it.
  [[nodiscard]] Result<void> save_plan(const Plan& plan);
  /// The stored plan as JSON text; not_found.
  [[nodiscard]] Result<std::string> stored_plan(const std::string& id) const;

  /// Forgets closed incidents and plans from before `oldest`, except those with a change that is
  /// still in force; returns how many incidents went.
  [[nodiscard]] Result<std::int64_t> prune(WallTime oldest);

 private:
  class Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace forkmend::engine
