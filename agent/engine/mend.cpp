// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/mend.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "engine/dry_run_actuator.hpp"
#include "engine/host_lock.hpp"
#include "engine/live_actuator.hpp"
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
  auto lock = HostLock::acquire(host_lock_path(request.state_dir));
  if (!lock) co_return nothing_done(MendState::blocked, lock.error().message);
  auto journal = Journal::open(request.state_dir);
  if (!journal) co_return nothing_done(MendState::cannot_record, journal.error().message);
  auto history = (*journal)->incidents(std::nullopt);
  if (!history) co_return nothing_done(MendState::cannot_record, history.error().message);
  const auto gates = check_gates(request.policy, *history, request.plan.instance,
                                 request.plan.cause, read_clock(), request.overrides);
  if (!gates.empty()) {
    MendResult result;
    for (const auto& gate : gates) {
      result.because.push_back(gate.because +
                               (gate.override_name.empty()
                                    ? ""
                                    : "; a person may pass it: --override " + gate.override_name));
    }
    co_return result;
  }
  LiveActuator actuator(root, lookup_in({request.instance.connection}));
  MendResult result;
  result.outcome = co_await heal(std::move(request.plan), std::move(request.instance), root,
                                 journal->get(), &actuator, std::move(request.options));
  result.state = state_of(result.outcome.state);
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
  std::map<std::string, FactValue> effects;
  for (const auto& step : stored.attempts.front().steps) {
    effects.insert(step.effects.begin(), step.effects.end());
  }
  const auto after = forecast::forecast_fork(instance.observation.facts.with(effects));
  if (std::string(to_string(after.verdict)) != stored.attempts.front().forecast_after) {
    moved.push_back("the first remedy was predicted to end in \"" +
                    stored.attempts.front().forecast_after + "\", it would end in \"" +
                    std::string(to_string(after.verdict)) + "\" now");
  }
  co_return moved;
}

}  // namespace forkmend::engine
