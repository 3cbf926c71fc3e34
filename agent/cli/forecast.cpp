// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "cli/what_if.hpp"
#include "engine/report_json.hpp"
#include "forecast/what_if.hpp"
#include "host/facts.hpp"

namespace forkmend::cli {

namespace {

std::string margin_text(const forecast::RuleForecast& rule) {
  if (!rule.margin) return {};
  const std::string amount =
      rule.unit == "bytes" ? format_size(*rule.margin) : format_count(*rule.margin);
  return " (margin " + amount + ")";
}

std::string verdict_and(const forecast::Outlook& outlook) {
  return std::string(to_string(outlook.verdict)) + ": " + printable(outlook.says);
}

void show_outlooks(Terminal& terminal, const forecast::Forecast& forecast) {
  std::string memory = verdict_and(forecast.cow);
  if (!forecast.cow.victim_says.empty() && forecast.cow.verdict != forecast::Verdict::admitted) {
    memory += " If it comes to that: " + printable(forecast.cow.victim_says) + ".";
  }
  terminal.field("Memory", memory);
  terminal.field("Disk", verdict_and(forecast.disk));
  if (forecast.throttle.throttled != forecast::Throttled::never) {
    terminal.field("Slowed", printable(forecast.throttle.says));
  }
  terminal.field("Fork time", printable(forecast.fork_time.says));
}

void show(Terminal& terminal, const engine::ObservedInstance& instance,
          const forecast::Forecast& forecast) {
  terminal.line(terminal.bold(headline(instance)));
  const std::string verdict(to_string(forecast.verdict));
  const bool admitted = forecast.verdict == forecast::Verdict::admitted;
  terminal.field("Fork", (admitted ? terminal.good(verdict) : terminal.bad(verdict)) +
                             (forecast.binding_rule.empty() ? "" : " by " + forecast.binding_rule));
  for (const auto& rule : forecast.rules) {
    terminal.field(rule.id, std::string(to_string(rule.verdict)) + margin_text(rule) + ": " +
                                printable(rule.says));
  }
  show_outlooks(terminal, forecast);
}

/// 0 admitted, 1 refused or killed, 2 too close or unknown; the worst of all instances.
ExitCode exit_of(forecast::Verdict verdict) {
  switch (verdict) {
    case forecast::Verdict::admitted:
      return ExitCode::ok;
    case forecast::Verdict::refused:
    case forecast::Verdict::kill:
      return ExitCode::audit_warning;
    case forecast::Verdict::too_close:
    case forecast::Verdict::unknown:
      return ExitCode::usage;
  }
  return ExitCode::usage;
}

ExitCode worse(ExitCode one, ExitCode other) {
  if (one == ExitCode::audit_warning || other == ExitCode::audit_warning) {
    return ExitCode::audit_warning;
  }
  return std::max(one, other);
}

/// What was asked on the command line.
struct Question {
  std::vector<std::string> what_if;
  bool read_smaps = false;
};

/// The charge of a large server is not read unasked: the walk would hold it up.
void read_charge(const host::Root& root, FactSet& facts) {
  const auto pid = facts.integer("instance.pid");
  if (facts.flag("instance.local") != true || !pid) return;
  const FactSet now = host::process_facts(root, *pid, host::host_facts(root), host::kAnyWalk);
  for (const auto* name :
       {"instance.accountable", "instance.accountable_max", "instance.anon_huge"}) {
    if (const Fact* fact = now.find(name)) facts.set(*fact);
  }
}

forecast::Forecast answer(const Session& session, const engine::ObservedInstance& instance,
                          const Question& question, const WhatIfChanges& changes) {
  if (!question.read_smaps && changes.empty()) return instance.observation.forecast;
  FactSet facts = instance.observation.facts;
  if (question.read_smaps) read_charge(session.root, facts);
  return forecast::forecast_fork(forecast::what_if(facts, changes));
}

boost::asio::awaitable<ExitCode> forecast_command(Session session, Question question) {
  const auto changes = parse_what_if(question.what_if);
  if (!changes) {
    print_error(changes.error().message);
    co_return ExitCode::usage;
  }
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  ExitCode code = seen.targets.empty() ? ExitCode::usage : ExitCode::ok;
  auto out = document(session, "forecast");
  for (const auto& target : seen.targets) {
    if (!target.instance) {
      code = worse(code, ExitCode::usage);
      continue;
    }
    const auto forecast = answer(session, *target.instance, question, *changes);
    code = worse(code, exit_of(forecast.verdict));
    if (session.options.json) {
      auto shown = engine::instance_json(*target.instance);
      shown["forecast"] = engine::to_json(forecast);
      out["instances"].as_array().emplace_back(std::move(shown));
    } else {
      show(session.terminal, *target.instance, forecast);
    }
  }
  if (session.options.json) print_json(out);
  co_return code;
}

}  // namespace

void add_forecast(CLI::App& app, Selected& selected) {
  CLI::App* command = app.add_subcommand("forecast", "will the next fork succeed, rule by rule");
  auto question = std::make_shared<Question>();
  command
      ->add_option(
          "--what-if", question->what_if,
          "answer as if a host.*, instance.* or redis.* fact had another value: FACT=VALUE "
          "(repeatable)")
      ->allow_extra_args(false);
  command->add_flag("--read-smaps", question->read_smaps,
                    "read what fork charges even from a server that is large enough to be held up");
  command->footer(
      "Examples:\n"
      "  forkmend forecast\n"
      "  forkmend forecast --what-if host.overcommit_memory=2 --what-if host.swap_total=8GiB\n"
      "Exit: 0 admitted, 1 refused, 2 too close to call or unknown\n");
  command->callback([&selected, question] {
    selected.reads_bundle = true;
    selected.run = [question](Session& session) {
      return run_to_end(forecast_command(session, *question));
    };
  });
}

}  // namespace forkmend::cli
