// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "engine/actuator.hpp"
#include "engine/journal.hpp"
#include "engine/machine.hpp"
#include "engine/plan.hpp"
#include "engine/verify.hpp"

namespace forkmend::engine {

struct HealOutcome {
  HealState state = HealState::not_healed;
  std::string incident;
  std::string healed_by;     ///< remedy id; "save-again" for an attempt without steps
  std::string mitigated_by;  ///< remedy id, when the state is mitigated
  bool put_off = false;      ///< mitigated because the proof was: it may heal, nobody has seen it
  std::vector<Verification> verifications;  ///< one per attempt made
  std::vector<ChangeRecord> changes;
  std::vector<std::string> problems;
};

/// HealOptions::host_incident of the first server of a host-wide incident.
inline constexpr std::string_view kNewHostIncident = "new";

/// IncidentRecord::confidence of an incident that began before anything had failed.
inline constexpr std::string_view kForeseen = "foreseen";

struct HealOptions {
  bool verify = true;
  bool keep_on_failure = false;
  bool persist = false;
  std::string actor;
  std::string incident;             ///< its id where it has one already
  std::optional<Now> opened;        ///< when it began; nullopt: now
  std::vector<std::string> passed;  ///< gates that were passed by name: noted with the actor
  std::string host_incident;        ///< IncidentRecord::host_incident, or kNewHostIncident
  std::vector<std::string> notes;   ///< for the record, as its first lines
  VerifyOptions verification;
  std::function<void(const std::string& line)> on_event;     ///< one line per thing done
  std::function<bool()> stop_requested;                      ///< asked before every step
  std::function<void(const std::string& incident)> on_open;  ///< once it has an id and a record
};

/// Carries out a plan: for each attempt journal, write, read back, verify; on failure undo in
/// reverse order and go on with the next. The order of things is decided by the pure
/// IncidentMachine (machine.hpp); this coroutine only performs its actions. The caller holds the
/// HostLock.
[[nodiscard]] boost::asio::awaitable<HealOutcome> heal(Plan plan, ObservedInstance instance,
                                                       host::Root root, Journal* journal,
                                                       Actuator* actuator, HealOptions options);

struct RollbackItem {
  ChangeRecord change;
  ChangeState result = ChangeState::undone;
  std::string says;
};

struct RollbackOptions {
  std::string selector;  ///< incident or change id; empty with all
  bool all = false;
};

/// Undoes what is still ours, newest first; a value that somebody else changed is left and recorded
/// as released. Errors: not_found for an unknown selector.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<RollbackItem>>> rollback(
    Journal* journal, Actuator* actuator, RollbackOptions options);

}  // namespace forkmend::engine
