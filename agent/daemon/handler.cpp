// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/handler.hpp"

#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/publish.hpp"
#include "daemon/tell_view.hpp"
#include "engine/escalation.hpp"
#include "engine/mend.hpp"
#include "engine/report_json.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

std::string cause_of(const engine::ObservedInstance& instance) {
  const auto& causes = instance.diagnosis.causes;
  return causes.empty() ? "unknown" : causes.front().id;
}

std::string describe(const engine::ObservedInstance& instance) {
  std::string text = instance.endpoint + ": a save fails, cause " + cause_of(instance);
  if (!instance.diagnosis.causes.empty()) {
    text.append(" (").append(to_string(instance.diagnosis.causes.front().confidence)).append(")");
  }
  return text;
}

engine::Plan plan_for(const host::Root& root, const AgentOptions& options,
                      const engine::ObservedInstance& instance) {
  return engine::make_plan(engine::PlanRequest{
      .instance = instance.endpoint,
      .facts = instance.observation.facts,
      .diagnosis = instance.diagnosis,
      .forecast = instance.observation.forecast,
      .policy = options.policy,
      .root = root,
      .allowed = Risk::lossy,
      .recent_heals = engine::recent_heals(engine::recorded_incidents(options.state_dir),
                                           instance.endpoint, options.policy.rails, read_clock())});
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

Handled conclude(const engine::MendResult& mended) {
  const std::string& incident = mended.outcome.incident;
  for (const auto& because : mended.because) log::write(log::Level::warning, incident, because);
  for (const auto& problem : mended.outcome.problems) {
    log::write(log::Level::error, incident, problem);
  }
  switch (mended.state) {
    case engine::MendState::healed:
      log::write(log::Level::warning, incident, "healed by " + mended.outcome.healed_by);
      return Handled::healed;
    case engine::MendState::mitigated:
      log::write(log::Level::error, incident,
                 "not healed, mitigated by " + mended.outcome.mitigated_by);
      return Handled::not_healed;
    case engine::MendState::blocked:
    case engine::MendState::no_privilege:
    case engine::MendState::cannot_record:
      return Handled::blocked;
    case engine::MendState::not_healed:
    case engine::MendState::undo_incomplete:
    case engine::MendState::interrupted:
      log::write(log::Level::error, incident,
                 "not healed: " + std::string(to_string(mended.outcome.state)));
      return Handled::not_healed;
  }
  return Handled::not_healed;
}

IncidentNews news_of(const engine::ObservedInstance& instance, const engine::Plan& plan) {
  IncidentNews news{.endpoint = instance.endpoint,
                    .cause = cause_of(instance),
                    .failures = failure_states(instance.diagnosis),
                    .opened = read_clock().wall,
                    .plan = plan.id};
  if (!instance.diagnosis.causes.empty()) {
    news.confidence = to_string(instance.diagnosis.causes.front().confidence);
  }
  return news;
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

/// To whoever shows it and whoever listens.
void tell(const AgentOptions& options, const IncidentNews& news) {
  if (options.state) options.state->instances[news.endpoint].incident = news;
  if (options.on_incident) options.on_incident(news);
}

void tell_end(const AgentOptions& options, IncidentNews news) {
  news.closed = read_clock().wall;
  tell(options, news);
}

}  // namespace

std::string failure_signature(const engine::ObservedInstance& instance) {
  std::string signature = cause_of(instance);
  for (const auto& failure : instance.diagnosis.failures) {
    signature.append("/")
        .append(to_string(failure.kind))
        .append(":")
        .append(to_string(failure.stage));
  }
  const auto last = instance.observation.facts.integer("redis.rdb_last_save_time");
  return signature + "/" + (last ? std::to_string(*last) : std::string("?"));
}

asio::awaitable<Handled> handle_failure(host::Root root, AgentOptions options,
                                        engine::ObservedInstance instance) {
  log::write(log::Level::warning, {}, describe(instance));
  engine::Plan plan = plan_for(root, options, instance);
  IncidentNews news = news_of(instance, plan);
  if (options.policy.mode == policy::Mode::observe || plan.empty()) {
    for (const auto& advice : plan.advice) log::write(log::Level::warning, {}, advice);
    news.because = plan.advice;
    news.state = plan.empty() ? "nothing-to-do" : "told";
    tell_end(options, std::move(news));
    co_return plan.empty() ? Handled::nothing_to_do : Handled::told;
  }
  const std::string not_now = outside_windows(options.policy);
  if (options.policy.mode == policy::Mode::dry_run || !not_now.empty()) {
    if (!not_now.empty()) log::write(log::Level::warning, plan.id, not_now);
    log_plan(plan);
    record_plan(options, plan);
    news.state = "planned";
    tell_end(options, std::move(news));
    co_return Handled::planned;
  }
  tell(options, news);
  engine::HealOptions heal;
  heal.persist = true;
  heal.actor = "agent";
  heal.stop_requested = options.stop_requested;
  heal.on_event = [](const std::string& line) { log::write(log::Level::info, {}, line); };
  engine::MendRequest request{.instance = std::move(instance),
                              .plan = engine::within_privilege(std::move(plan), geteuid()),
                              .policy = options.policy,
                              .state_dir = options.state_dir,
                              .overrides = {},
                              .options = std::move(heal)};
  const auto mended = co_await engine::mend(std::move(root), std::move(request));
  take_outcome(news, mended);
  tell_end(options, std::move(news));
  co_return conclude(mended);
}

}  // namespace forkmend::daemon
