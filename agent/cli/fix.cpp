// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/fix_output.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "engine/mend.hpp"
#include "engine/step_json.hpp"

namespace forkmend::cli {

namespace {

struct FixOptions {
  bool dry_run = false;
  bool yes = false;
  bool keep_on_failure = false;
  bool no_verify = false;
  std::string plan;
  std::string allow;
  std::vector<std::string> overrides;
};

/// What fix has worked out about one server.
struct Case {
  engine::ObservedInstance instance;
  engine::Plan plan;
};

Risk allowed_risk(const FixOptions& options) {
  return parse_risk(options.allow).value_or(Risk::disruptive);
}

Case make_case(const Session& session, const engine::ObservedInstance& instance,
               const policy::Policy& policy, const FixOptions& options) {
  const engine::PlanRequest request{.instance = instance.endpoint,
                                    .facts = instance.observation.facts,
                                    .diagnosis = instance.diagnosis,
                                    .forecast = instance.observation.forecast,
                                    .policy = policy,
                                    .root = session.root,
                                    .allowed = allowed_risk(options)};
  return Case{instance, engine::make_plan(request)};
}

/// Remembers what a dry-run printed, so that --plan ID can carry out exactly that. A journal that
/// cannot be written does not make a dry-run fail: it is said.
void remember(const Session& session, const std::vector<Case>& cases) {
  if (session.bundle != nullptr) return;  // --plan is for the running host
  const auto journal = engine::Journal::open(session_state_dir(session));
  if (!journal) {
    print_error("the plan is not kept for --plan: " + journal.error().message);
    return;
  }
  for (const Case& one : cases) {
    if (one.plan.empty()) continue;
    if (const auto saved = (*journal)->save_plan(one.plan); !saved) {
      print_error("the plan is not kept for --plan: " + saved.error().message);
    }
  }
}

Result<engine::Plan> stored_plan(const Session& session, const std::string& id) {
  auto journal = engine::Journal::open_read_only(session_state_dir(session));
  if (!journal) return journal.error();
  auto text = (*journal)->stored_plan(id);
  if (!text) return text.error();
  return engine::plan_from_json(*text);
}

std::string actor() {
  const char* sudo_user = std::getenv("SUDO_USER");
  std::string who = "fix by uid " + std::to_string(getuid());
  if (sudo_user != nullptr) who += " (sudo from " + printable(sudo_user, 64) + ")";
  return who;
}

engine::HealOptions heal_options(Session session, const FixOptions& options) {
  engine::HealOptions heal;
  heal.verify = !options.no_verify;
  heal.keep_on_failure = options.keep_on_failure;
  heal.persist = true;
  heal.actor = actor();
  heal.stop_requested = stop_requested;
  if (session.options.json) return heal;
  Terminal* terminal = &session.terminal;
  heal.on_event = [terminal](const std::string& line) { terminal->line("  " + printable(line)); };
  heal.verification.on_progress = [terminal](const engine::SaveProgress& progress) {
    terminal->progress(progress_line(progress));
  };
  return heal;
}

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

boost::asio::awaitable<FixResult> mend_case(Session session, Case one, policy::Policy policy,
                                            FixOptions options) {
  if (!session.options.json) session.terminal.line();
  engine::MendRequest request{.instance = one.instance,
                              .plan = engine::within_privilege(one.plan, geteuid()),
                              .policy = std::move(policy),
                              .state_dir = session_state_dir(session),
                              .overrides = options.overrides,
                              .options = heal_options(session, options)};
  auto mended = co_await engine::mend(session.root, std::move(request));
  session.terminal.end_progress();
  const ExitCode code = exit_of(mended.state);
  co_return FixResult{std::move(one.instance), std::move(one.plan), std::move(mended), code};
}

/// What is to be said when nothing can be done for a failing server: blocked where a person could
/// decide otherwise, else advice.
ExitCode hopeless(const Case& one) {
  const bool by_rail = std::ranges::any_of(one.plan.refused, &engine::RefusedRemedy::by_rail);
  return by_rail ? ExitCode::blocked : ExitCode::advice_only;
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
  std::vector<Case> cases;
  for (const auto& target : seen.targets) {
    if (!target.instance) {
      report.worsen(ExitCode::unreachable);
      continue;
    }
    if (!target.instance->diagnosis.failing) {
      report.healthy(*target.instance);
      continue;
    }
    cases.push_back(make_case(session, *target.instance, *policy, options));
  }
  if (!options.plan.empty()) {
    auto stored = stored_plan(session, options.plan);
    if (!stored) {
      print_error(stored.error().message);
      co_return ExitCode::usage;
    }
    std::erase_if(cases,
                  [&](const Case& one) { return one.instance.endpoint != stored->instance; });
    if (cases.empty()) {
      report.moved(*stored, {"saves of " + stored->instance + " do not fail any more"});
      co_return report.finish(ExitCode::facts_moved);
    }
    const auto moved = co_await engine::what_moved(session.root, *stored, cases.front().instance);
    if (!moved.empty()) {
      report.moved(*stored, moved);
      co_return report.finish(ExitCode::facts_moved);
    }
    cases.front().plan = std::move(*stored);
  }
  for (const Case& one : cases) report.planned(one.instance, one.plan);
  if (std::ranges::all_of(cases, [](const Case& one) { return one.plan.empty(); })) {
    for (const Case& one : cases) report.worsen(hopeless(one));
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
  for (Case& one : cases) {
    if (one.plan.empty()) {
      report.worsen(hopeless(one));
      continue;
    }
    report.mended(co_await mend_case(session, std::move(one), *policy, options));
  }
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
