// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/fix_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "cli/request.hpp"
#include "engine/mend.hpp"

namespace forkmend::cli {

namespace asio = boost::asio;

namespace {

ExitCode exit_of(engine::MendState state) {
  switch (state) {
    case engine::MendState::healed:
      return ExitCode::ok;
    case engine::MendState::mitigated:
      return ExitCode::advice_only;
    case engine::MendState::not_healed:
    case engine::MendState::interrupted:
      return ExitCode::not_healed;
    case engine::MendState::undo_incomplete:
      return ExitCode::undo_incomplete;
    case engine::MendState::blocked:
    case engine::MendState::cannot_record:
      return ExitCode::blocked;
    case engine::MendState::no_privilege:
      return ExitCode::no_privilege;
  }
  return ExitCode::undo_incomplete;
}

engine::HealOptions heal_options(const Session& session, const FixOptions& options) {
  engine::HealOptions heal;
  heal.verify = !options.no_verify;
  heal.keep_on_failure = options.keep_on_failure;
  heal.persist = true;
  heal.actor = actor("fix");
  heal.stop_requested = stop_requested;
  if (session.options.json) return heal;
  Terminal* terminal = &session.terminal;
  heal.on_event = [terminal](const std::string& line) { terminal->line("  " + printable(line)); };
  heal.verification.on_progress = [terminal](const engine::SaveProgress& progress) {
    terminal->progress(progress_line(progress));
  };
  return heal;
}

bool changed_the_host(const engine::MendResult& mended) {
  return std::ranges::any_of(mended.outcome.changes, [](const engine::ChangeRecord& change) {
    return change.step.scope == Scope::host || change.step.scope == Scope::cgroup;
  });
}

/// What was shown for each server, by its endpoint.
using Confirmed = std::map<std::string, std::vector<std::string>, std::less<>>;

Confirmed confirmed_remedies(const std::vector<Case>& cases) {
  Confirmed all;
  for (const Case& one : cases) {
    for (const engine::Attempt& attempt : one.plan.attempts) {
      for (auto& id : engine::remedies_of(attempt)) {
        all[one.instance.endpoint].push_back(std::move(id));
      }
    }
  }
  return all;
}

/// What the next server belongs to.
struct Turn {
  std::size_t server = 0;
  std::size_t incident = 0;  ///< its number from 1; 0: stands alone
};

/// Incidents of the host first, then the others as they were found.
std::vector<Turn> turns_of(const std::vector<Case>& cases,
                           const std::vector<engine::HostIncident>& incidents) {
  std::vector<Turn> turns;
  for (std::size_t number = 0; number < incidents.size(); ++number) {
    for (const std::size_t server : incidents[number].servers) {
      turns.push_back({server, number + 1});
    }
  }
  for (std::size_t server = 0; server < cases.size(); ++server) {
    if (std::ranges::find(turns, server, &Turn::server) == turns.end()) turns.push_back({server});
  }
  return turns;
}

class Mending {
 public:
  Mending(Session session, policy::Policy policy, FixOptions options, FixReport* report)
      : session_(std::move(session)),
        policy_(std::move(policy)),
        options_(std::move(options)),
        report_(report) {}

  [[nodiscard]] asio::awaitable<void> run(std::vector<Case> cases);

 private:
  [[nodiscard]] asio::awaitable<void> refresh(Case* one);
  [[nodiscard]] asio::awaitable<void> mend(Case one, std::string* host_incident);

  Session session_;
  policy::Policy policy_;
  FixOptions options_;
  FixReport* report_;
  Confirmed confirmed_;
  bool host_changed_ = false;
};

/// A server that cannot be reached any more keeps its plan: mending it will say so.
asio::awaitable<void> Mending::refresh(Case* one) {
  auto seen = co_await engine::observe(session_.root, one->instance.connection);
  if (!seen) co_return;
  Case again = make_case(session_, *seen, policy_, options_);
  again.plan = engine::within_consent(std::move(again.plan), confirmed_[again.instance.endpoint]);
  *one = std::move(again);
}

asio::awaitable<void> Mending::mend(Case one, std::string* host_incident) {
  if (!session_.options.json) session_.terminal.line();
  engine::MendRequest request{.instance = one.instance,
                              .plan = engine::within_privilege(one.plan, geteuid()),
                              .policy = policy_,
                              .state_dir = session_state_dir(session_),
                              .overrides = options_.overrides,
                              .options = heal_options(session_, options_)};
  if (host_incident != nullptr) {
    request.options.host_incident =
        host_incident->empty() ? std::string(engine::kNewHostIncident) : *host_incident;
  }
  auto mended = co_await engine::mend(session_.root, std::move(request));
  session_.terminal.end_progress();
  host_changed_ = host_changed_ || changed_the_host(mended);
  if (host_incident != nullptr && host_incident->empty()) *host_incident = mended.outcome.incident;
  const ExitCode code = exit_of(mended.state);
  report_->mended(FixResult{std::move(one.instance), std::move(one.plan), std::move(mended), code});
}

asio::awaitable<void> Mending::run(std::vector<Case> cases) {
  confirmed_ = confirmed_remedies(cases);
  const auto incidents = host_incidents_of(cases, policy_.rails);
  std::vector<std::string> ids(incidents.size() + 1);
  for (const Turn& turn : turns_of(cases, incidents)) {
    Case one = std::move(cases[turn.server]);
    if (host_changed_) co_await refresh(&one);
    if (!one.instance.diagnosis.failing) {
      report_->saves_again(one.instance);
    } else if (one.plan.empty()) {
      report_->worsen(hopeless(one.plan));
    } else {
      co_await mend(std::move(one), turn.incident == 0 ? nullptr : &ids[turn.incident]);
    }
  }
}

}  // namespace

ExitCode hopeless(const engine::Plan& plan) {
  const bool by_rail = std::ranges::any_of(plan.refused, &engine::RefusedRemedy::by_rail);
  return by_rail ? ExitCode::blocked : ExitCode::advice_only;
}

asio::awaitable<void> mend_all(Session session, std::vector<Case> cases, policy::Policy policy,
                               FixOptions options, FixReport* report) {
  Mending mending(std::move(session), std::move(policy), std::move(options), report);
  co_await mending.run(std::move(cases));
}

}  // namespace forkmend::cli
