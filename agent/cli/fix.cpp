// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/fix_cases.hpp"
#include "cli/fix_output.hpp"
#include "cli/fix_run.hpp"
#include "cli/request.hpp"
#include "engine/mend.hpp"

namespace forkmend::cli {

namespace {

/// --plan ID: the stored plan takes the place of the one that was made, or the code to leave with.
boost::asio::awaitable<std::optional<ExitCode>> take_stored(Session session, policy::Policy policy,
                                                            FixOptions options,
                                                            std::vector<Case>* cases,
                                                            FixReport* report) {
  auto stored = stored_plan(session, options.plan);
  if (!stored) {
    print_error(stored.error().message);
    co_return ExitCode::usage;
  }
  std::erase_if(*cases, [&](const Case& one) { return one.instance.endpoint != stored->instance; });
  if (cases->empty()) {
    report->moved(*stored, {"saves of " + stored->instance + " do not fail any more"});
    co_return report->finish(ExitCode::facts_moved);
  }
  const auto moved = co_await engine::what_moved(session.root, *stored, cases->front().instance);
  if (!moved.empty()) {
    report->moved(*stored, moved);
    co_return report->finish(ExitCode::facts_moved);
  }
  const auto reasons = why_not_allowed(session, *stored, cases->front().instance, policy, options);
  if (!reasons.empty()) {
    for (const std::string& because : reasons) print_error(stored->id + ": " + because);
    co_return report->finish(ExitCode::blocked);
  }
  cases->front().plan = std::move(*stored);
  co_return std::nullopt;
}

void show_plans(FixReport& report, const std::vector<Case>& cases,
                const std::vector<engine::HostIncident>& incidents) {
  std::vector<bool> shown(cases.size());
  for (const engine::HostIncident& incident : incidents) {
    std::vector<std::string> endpoints;
    endpoints.reserve(incident.servers.size());
    for (const std::size_t i : incident.servers) endpoints.push_back(cases[i].instance.endpoint);
    report.host_incident(incident.cause, endpoints);
    for (const std::size_t i : incident.servers) {
      const bool first = i == incident.servers.front();
      if (first) report.planned(cases[i].instance, cases[i].plan);
      if (!first) report.also_planned(cases[i].instance, cases[i].plan);
      shown[i] = true;
    }
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (!shown[i]) report.planned(cases[i].instance, cases[i].plan);
  }
}

/// The others are told at once.
std::vector<Case> failing_cases(const Session& session,
                                const std::vector<engine::ServerLook>& targets,
                                const policy::Policy& policy, const FixOptions& options,
                                FixReport& report) {
  std::vector<Case> cases;
  for (const auto& target : targets) {
    if (!target.instance) {
      report.worsen(ExitCode::unreachable);
    } else if (!target.instance->diagnosis.failing) {
      report.healthy(*target.instance);
    } else {
      cases.push_back(make_case(session, *target.instance, policy, options));
    }
  }
  return cases;
}

boost::asio::awaitable<ExitCode> fix(Session session, FixOptions options) {
  auto policy = session_policy(session);
  if (!policy) {
    print_error(policy.error().message);
    co_return ExitCode::usage;
  }
  if (!options.dry_run) co_await end_overdue_leases(session);
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  FixReport report(session);
  auto cases = failing_cases(session, seen.targets, *policy, options, report);
  if (!options.plan.empty()) {
    const auto leave = co_await take_stored(session, *policy, options, &cases, &report);
    if (leave) co_return *leave;
  }
  show_plans(report, cases, host_incidents_of(cases, policy->rails));
  if (std::ranges::all_of(cases, [](const Case& one) { return one.plan.empty(); })) {
    for (const Case& one : cases) report.worsen(hopeless(one.plan));
    co_return report.finish(ExitCode::ok);
  }
  if (options.dry_run) {
    remember(session, cases);
    co_return report.dry_run();
  }
  if (!options.yes && !session.terminal.ask("Apply this?")) {
    remember(session, cases);
    co_return report.declined();
  }
  co_await mend_all(session, std::move(cases), *policy, options, &report);
  co_return report.finish(ExitCode::ok);
}

}  // namespace

void add_fix(CLI::App& app, Selected& selected) {
  CLI::App* command = app.add_subcommand("fix", "find out why saves fail, mend it, and prove it");
  auto options = std::make_shared<FixOptions>();
  command->add_flag("--dry-run", options->dry_run, "show what would be done; change nothing");
  command->add_flag("--yes", options->yes, "do not ask");
  command->add_option("--plan", options->plan, "carry out exactly the plan that a dry-run printed");
  command->add_flag("--keep-on-failure", options->keep_on_failure,
                    "leave changes in place when no save could be proven");
  command->add_flag("--no-verify", options->no_verify, "do not trigger a save");
  command->add_option("--allow", options->allow, "let riskier steps through: durability or lossy")
      ->check(CLI::IsMember({"durability", "lossy"}));
  command
      ->add_option("--override", options->overrides,
                   "pass a rail by name: cooldown, windows, breaker")
      ->delimiter(',')
      ->check(CLI::IsMember({"cooldown", "windows", "breaker"}));
  command->footer(
      "Examples:\n"
      "  forkmend fix --dry-run\n"
      "  forkmend fix -i redis://127.0.0.1:6379 --yes\n"
      "Exit: 0 healed or nothing to heal, 2 usage, 3 unreachable, 4 needs root, 10 dry-run "
      "with a plan,\n      11 blocked by policy or a rail, 12 not healed and all undone, 13 "
      "undo incomplete,\n      14 cannot be fixed from here, or only mitigated, 15 facts moved "
      "since the plan\n");
  command->callback([&selected, options] {
    selected.reads_bundle = options->dry_run && options->plan.empty();
    selected.run = [options](Session& session) { return run_to_end(fix(session, *options)); };
  });
}

}  // namespace forkmend::cli
