// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/handler.hpp"

#include <unistd.h>

#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "daemon/publish.hpp"
#include "daemon/tell_view.hpp"
#include "engine/escalation.hpp"
#include "engine/mend.hpp"
#include "engine/report_json.hpp"
#include "engine/strain.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

engine::Plan plan_for(const host::Root& root, const AgentOptions& options,
                      const engine::ObservedInstance& instance, policy::Trigger trigger) {
  const Now now = read_clock();
  auto past = engine::recorded_past(options.state_dir);
  const auto& history = past.incidents;
  return engine::make_plan(engine::PlanRequest{
      .instance = instance.endpoint,
      .facts = instance.observation.facts,
      .diagnosis = instance.diagnosis,
      .forecast = instance.observation.forecast,
      .policy = options.policy,
      .root = root,
      .trigger = trigger,
      .allowed = Risk::lossy,
      .recent_heals = engine::recent_heals(history, instance.endpoint, options.policy.rails, now),
      .ledger = std::move(past.ledger),
      .strain_attempts = engine::strain_attempts(history, instance.endpoint, now)});
}

/// What a person ought to know of what healed, such as who else decides a value at the next boot.
void log_notes(const std::string& incident, const engine::Attempt& attempt) {
  for (const auto& note : attempt.notes) {
    log::write(log::Level::warning, incident, attempt.remedy + ": " + note);
  }
}

/// What would be done, one line a step.
void log_plan(const engine::Plan& plan) {
  for (const auto& attempt : plan.attempts) {
    for (const auto& step : attempt.steps) {
      log::write(log::Level::warning, plan.id, attempt.remedy + " would run: " + step.shell);
    }
  }
  for (const auto& refused : plan.refused) {
    log::write(log::Level::info, plan.id, refused.remedy + " refused: " + refused.because);
  }
  for (const auto& advice : plan.advice) log::write(log::Level::warning, plan.id, advice);
}

void record_plan(const AgentOptions& options, const engine::Plan& plan) {
  const auto journal = engine::Journal::open(options.state_dir);
  const auto saved = journal ? (*journal)->save_plan(plan) : Result<void>(journal.error());
  if (!saved) {
    log::write(log::Level::error, plan.id, "the plan is not recorded: " + saved.error().message);
  } else {
    log::write(log::Level::warning, plan.id,
               "dry-run: to carry it out: forkmend fix --plan " + plan.id);
  }
}

/// Why this is not the time for changes; empty: it is. Without a history only windows are closed.
std::string outside_windows(const policy::Policy& policy) {
  const auto gates = engine::check_gates(policy, {}, "", "", read_clock(), {});
  return gates.empty() ? std::string() : gates.front().because;
}

void log_outcome(const engine::MendResult& mended) {
  const std::string& incident = mended.outcome.incident;
  for (const auto& because : mended.because) log::write(log::Level::warning, incident, because);
  for (const auto& problem : mended.outcome.problems) {
    log::write(log::Level::error, incident, problem);
  }
  switch (mended.state) {
    case engine::MendState::healed:
      log::write(log::Level::warning, incident, "healed by " + mended.outcome.healed_by);
      return;
    case engine::MendState::mitigated:
      log::write(log::Level::error, incident,
                 "not healed, mitigated by " + mended.outcome.mitigated_by);
      return;
    case engine::MendState::blocked:
    case engine::MendState::no_privilege:
    case engine::MendState::cannot_record:
      return;
    case engine::MendState::not_healed:
    case engine::MendState::undo_incomplete:
    case engine::MendState::interrupted:
      log::write(log::Level::error, incident,
                 "not healed: " + std::string(to_string(mended.outcome.state)));
      return;
  }
}

Handled handled_as(engine::MendState state) {
  switch (state) {
    case engine::MendState::healed:
      return Handled::healed;
    case engine::MendState::blocked:
    case engine::MendState::no_privilege:
    case engine::MendState::cannot_record:
      return Handled::blocked;
    case engine::MendState::mitigated:
    case engine::MendState::not_healed:
    case engine::MendState::undo_incomplete:
    case engine::MendState::interrupted:
      return Handled::not_healed;
  }
  return Handled::not_healed;
}

std::string state_word(engine::MendState state) {
  switch (state) {
    case engine::MendState::healed:
      return "healed";
    case engine::MendState::mitigated:
      return "mitigated";
    case engine::MendState::not_healed:
      return "not-healed";
    case engine::MendState::undo_incomplete:
      return "undo-incomplete";
    case engine::MendState::interrupted:
      return "interrupted";
    case engine::MendState::blocked:
      return "blocked";
    case engine::MendState::no_privilege:
      return "no-privilege";
    case engine::MendState::cannot_record:
      return "cannot-record";
  }
  return "not-healed";
}

void take_outcome(IncidentNews& news, const engine::MendResult& mended) {
  const engine::HealOutcome& outcome = mended.outcome;
  news.id = outcome.incident;
  news.state = state_word(mended.state);
  news.remedy = outcome.healed_by.empty() ? outcome.mitigated_by : outcome.healed_by;
  news.tried = remedies_tried(outcome);
  news.because = mended.because;
  news.because.insert(news.because.end(), outcome.problems.begin(), outcome.problems.end());
  if (!outcome.verifications.empty()) news.verification = outcome.verifications.back().took;
}

/// Tells whoever listens that it is over.
HandlerResult closed(const AgentOptions& options, Handled handled, IncidentNews news) {
  news.closed = read_clock().wall;
  if (options.on_incident) options.on_incident(news);
  return {.handled = handled, .news = std::move(news)};
}

asio::awaitable<HandlerResult> mend_it(host::Root root, AgentOptions options,
                                       engine::ObservedInstance instance, engine::Plan plan,
                                       IncidentNews news, Notice notice) {
  const std::string noticed = to_string(notice);
  const std::vector<engine::Attempt> attempts = plan.attempts;
  engine::HealOptions heal;
  heal.host_incident = std::move(notice.host_incident);
  if (notice.detection) {
    heal.incident = std::move(notice.detection->incident);
    heal.opened = notice.detection->at;
  }
  heal.persist = true;
  heal.actor = "agent";
  heal.notes.push_back(noticed);
  heal.stop_requested = options.stop_requested;
  heal.on_event = [](const std::string& line) { log::write(log::Level::info, {}, line); };
  heal.on_open = [&news, &options, &noticed](const std::string& incident) {
    log::write(log::Level::warning, incident, news.endpoint + ": " + noticed);
    news.id = incident;
    if (options.on_incident) options.on_incident(news);
  };
  engine::MendRequest request{.instance = std::move(instance),
                              .plan = engine::within_privilege(std::move(plan), geteuid()),
                              .policy = options.policy,
                              .state_dir = options.state_dir,
                              .overrides = {},
                              .options = std::move(heal)};
  const auto mended = co_await engine::mend(std::move(root), std::move(request));
  log_outcome(mended);
  for (const auto& attempt : attempts) {
    if (attempt.remedy == mended.outcome.healed_by) log_notes(mended.outcome.incident, attempt);
  }
  take_outcome(news, mended);
  co_return closed(options, handled_as(mended.state), std::move(news));
}

}  // namespace

asio::awaitable<HandlerResult> handle_failure(host::Root root, AgentOptions options,
                                              engine::ObservedInstance instance, Notice notice) {
  engine::Plan plan = plan_for(root, options, instance, notice.trigger);
  log::write(log::Level::warning, {}, describe(instance, notice, plan));
  IncidentNews news = news_of(instance, notice, plan);
  if (options.policy.mode == policy::Mode::observe || plan.empty()) {
    for (const auto& advice : plan.advice) log::write(log::Level::warning, {}, advice);
    news.because = plan.advice;
    news.state = plan.empty() ? "nothing-to-do" : "told";
    const Handled handled = plan.empty() ? Handled::nothing_to_do : Handled::told;
    co_return closed(options, handled, std::move(news));
  }
  const std::string not_now = outside_windows(options.policy);
  if (options.policy.mode == policy::Mode::dry_run || !not_now.empty()) {
    if (!not_now.empty()) log::write(log::Level::warning, plan.id, not_now);
    log_plan(plan);
    // `fix` carries out a plan against a failure; here there may be none.
    if (notice.trigger == policy::Trigger::failure) record_plan(options, plan);
    news.state = "planned";
    co_return closed(options, Handled::planned, std::move(news));
  }
  co_return co_await mend_it(std::move(root), std::move(options), std::move(instance),
                             std::move(plan), std::move(news), std::move(notice));
}

}  // namespace forkmend::daemon
