// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/mend.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "engine/dry_run_actuator.hpp"
#include "engine/escalation.hpp"
#include "engine/host_lock.hpp"
#include "engine/live_actuator.hpp"
#include "engine/outlook.hpp"
#include "engine/own_proof.hpp"
#include "engine/pause.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

bool any_needs_root(const std::vector<remediations::Step>& steps) {
  return std::ranges::any_of(steps, &remediations::Step::needs_root);
}

MendState state_of(HealState state) {
  switch (state) {
    case HealState::healed:
      return MendState::healed;
    case HealState::mitigated:
      return MendState::mitigated;
    case HealState::not_healed:
      return MendState::not_healed;
    case HealState::undo_incomplete:
      return MendState::undo_incomplete;
    case HealState::interrupted:
      return MendState::interrupted;
    case HealState::cannot_record:
      return MendState::cannot_record;
  }
  return MendState::undo_incomplete;
}

MendResult nothing_done(MendState state, std::string because) {
  MendResult result;
  result.state = state;
  result.because.push_back(std::move(because));
  return result;
}

MendResult blocked(const std::vector<GateResult>& gates) {
  MendResult result;
  for (const GateResult& gate : gates) result.because.push_back(to_string(gate));
  return result;
}

/// A further server of a host-wide incident that was let through is not stopped by the breaker that
/// its own incident may have opened.
void without_own(std::vector<IncidentRecord>& history, const std::string& host_incident) {
  if (host_incident.empty()) return;
  std::erase_if(history, [&](const IncidentRecord& incident) {
    return incident.host_incident == host_incident;
  });
}

/// Healed is provisional: what healed it before is charged with the cause's coming back.
void tell_relapse(MendRequest& request, Journal* journal,
                  const std::vector<IncidentRecord>& history, Now now) {
  const auto heal =
      relapse(history, request.plan.instance, request.plan.cause, request.policy.rails, now);
  if (!heal) return;
  request.options.notes.push_back("a relapse: " + heal->remedy + " had healed it in incident " +
                                  heal->incident);
  const auto counted = journal->count(heal->remedy, request.plan.cause, RemedyOutcome::relapsed);
  if (!counted) log::write(log::Level::warning, heal->incident, counted.error().message);
}

/// Whoever denies cancel-child wants no child ended, not even that of our own save.
void set_limits(VerifyOptions& verification, const policy::Rails& rails) {
  verification.timeout = rails.verify_timeout;
  verification.put_off_above = rails.put_off_above;
  verification.abort_above = rails.abort_above;
  if (std::ranges::find(rails.deny, "cancel-child") == rails.deny.end()) return;
  verification.abort_above = {.copied_of_free = std::nullopt,
                              .answer_time = std::nullopt,
                              .memory_pressure = std::nullopt,
                              .io_pressure = std::nullopt};
}

std::function<bool()> stop_or_pause(std::function<bool()> stop, std::string state_dir) {
  return [stop = std::move(stop), state_dir = std::move(state_dir)] {
    return (stop && stop()) || !standing_gates(state_dir, read_clock()).empty();
  };
}

std::string shown(const std::optional<std::string>& value) {
  return value ? "\"" + *value + "\"" : "absent";
}

}  // namespace

Plan within_privilege(Plan plan, std::uint32_t effective_uid) {
  if (effective_uid == 0) return plan;
  std::vector<Attempt> kept;
  for (Attempt& attempt : plan.attempts) {
    if (any_needs_root(attempt.steps)) {
      plan.refused.push_back({attempt.remedy, "needs root: run forkmend with sudo"});
      continue;
    }
    if (any_needs_root(attempt.persist)) {
      attempt.persist.clear();
      attempt.notes.emplace_back("not kept for the next boot: that needs root");
    }
    kept.push_back(std::move(attempt));
  }
  plan.attempts = std::move(kept);
  if (any_needs_root(plan.first_aid)) plan.first_aid.clear();
  return plan;
}

asio::awaitable<MendResult> mend(host::Root root, MendRequest request) {
  if (request.plan.empty()) {
    co_return nothing_done(MendState::no_privilege, "every remedy of the plan needs root");
  }
  if (const auto standing = standing_gates(request.state_dir, read_clock()); !standing.empty()) {
    co_return blocked(standing);
  }
  auto lock = HostLock::acquire(host_lock_path(request.state_dir));
  if (!lock) co_return nothing_done(MendState::blocked, lock.error().message);
  auto journal = Journal::open(request.state_dir);
  if (!journal) co_return nothing_done(MendState::cannot_record, journal.error().message);
  auto history = (*journal)->incidents(std::nullopt);
  if (!history) co_return nothing_done(MendState::cannot_record, history.error().message);
  without_own(*history, request.options.host_incident);
  const Now now = read_clock();
  const auto gates = check_gates(request.policy, *history, request.plan.instance,
                                 request.plan.cause, now, request.overrides);
  if (!gates.empty()) co_return blocked(gates);
  for (const auto& gate : passed_gates(request.policy, *history, request.plan.instance,
                                       request.plan.cause, now, request.overrides)) {
    request.options.passed.push_back(gate.gate + ": " + gate.because);
  }
  tell_relapse(request, journal->get(), *history, now);
  set_limits(request.options.verification, request.policy.rails);
  request.options.stop_requested =
      stop_or_pause(std::move(request.options.stop_requested), request.state_dir);
  LiveActuator actuator(root, lookup_in({request.instance.connection}));
  const std::string endpoint = request.plan.instance;
  const bool proves = request.options.verify;
  MendResult result;
  result.outcome = co_await heal(std::move(request.plan), std::move(request.instance), root,
                                 journal->get(), &actuator, std::move(request.options));
  result.state = state_of(result.outcome.state);
  if (result.state == MendState::healed && proves) {
    const auto settled = settle_unproven(**journal, *history, endpoint, result.outcome.incident);
    if (!settled) result.outcome.problems.push_back("not recorded: " + settled.error().message);
  }
  co_return result;
}

asio::awaitable<std::vector<std::string>> what_moved(host::Root root, Plan stored,
                                                     ObservedInstance instance) {
  std::vector<std::string> moved;
  const auto& diagnosis = instance.diagnosis;
  if (stored.pid != instance.locality.pid) {
    moved.push_back("the plan was made for pid " + std::to_string(stored.pid) +
                    ", the server is pid " + std::to_string(instance.locality.pid) + " now");
  }
  if (!diagnosis.failing) moved.emplace_back("saves do not fail any more");
  const std::string cause = diagnosis.causes.empty() ? "unknown" : diagnosis.causes.front().id;
  if (cause != stored.cause) {
    moved.push_back("the plan was made against " + stored.cause + ", the cause is " + cause +
                    " now");
  }
  LiveActuator actuator(root, lookup_in({instance.connection}));
  for (const Attempt& attempt : stored.attempts) {
    std::vector<remediations::Target> seen;
    for (const auto& step : attempt.steps) {
      // A gradual change sets one target in several steps: the first begins at the live value.
      if (std::ranges::find(seen, step.target) != seen.end()) continue;
      seen.push_back(step.target);
      const auto live = co_await actuator.read(step.target);
      if (!live) {
        moved.push_back(to_string(step.target) + " cannot be read: " + live.error().message);
      } else if (*live != step.before) {
        moved.push_back(to_string(step.target) + " was " + shown(step.before) + ", is " +
                        shown(*live) + " now");
      }
    }
  }
  if (stored.attempts.empty()) co_return moved;
  const auto after = forecast::forecast_fork(
      facts_after(instance.observation.facts, stored.attempts.front().steps));
  if (std::string(to_string(after.verdict)) != stored.attempts.front().forecast_after) {
    moved.push_back("the first remedy was predicted to end in \"" +
                    stored.attempts.front().forecast_after + "\", it would end in \"" +
                    std::string(to_string(after.verdict)) + "\" now");
  }
  co_return moved;
}

}  // namespace forkmend::engine
