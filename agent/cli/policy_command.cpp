// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "engine/mend.hpp"
#include "engine/report_json.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

ExitCode check(Session& session, const std::string& file) {
  const auto loaded = policy::load_policy(file, remediations::remedy_declarations());
  const auto* errors = std::get_if<std::vector<policy::PolicyError>>(&loaded);
  if (session.options.json) {
    auto out = document("policy");
    json::array all;
    for (const auto& error : errors != nullptr ? *errors : std::vector<policy::PolicyError>()) {
      all.emplace_back(json::object{{"file", error.file},
                                    {"line", error.at.line},
                                    {"column", error.at.column},
                                    {"message", printable(error.message, 2000)}});
    }
    out["valid"] = errors == nullptr;
    out["errors"] = std::move(all);
    print_json(out);
  } else if (errors == nullptr) {
    const auto& good = std::get<policy::Policy>(loaded);
    session.terminal.line(printable(file) + ": good (" + std::to_string(good.rules.size()) +
                          " rules, mode " + std::string(to_string(good.mode)) + ")");
  } else {
    for (const auto& error : *errors) session.terminal.line(printable(to_string(error), 2000));
  }
  return errors == nullptr ? ExitCode::ok : ExitCode::usage;
}

ExitCode show(Session& session) {
  const auto policy = session_policy(session);
  if (!policy) {
    print_error(policy.error().message);
    return ExitCode::usage;
  }
  if (session.options.json) {
    auto out = document("policy");
    out["source"] = policy->source;
    out["mode"] = std::string(to_string(policy->mode));
    out["toml"] = policy::to_toml(*policy);
    print_json(out);
    return ExitCode::ok;
  }
  session.terminal.line("# " + printable(policy->source));
  const std::string toml = policy::to_toml(*policy);
  for (const auto line : lines_of(toml)) session.terminal.line(line);
  return ExitCode::ok;
}

/// Everything that stands between this server and a change, for one cause.
struct Explanation {
  std::string cause;
  policy::RuleMatch match;
  engine::Plan plan;
  std::vector<engine::GateResult> gates;
};

Explanation explain_instance(const Session& session, const policy::Policy& policy,
                             const engine::ObservedInstance& instance) {
  Explanation result;
  const auto& causes = instance.diagnosis.causes;
  result.cause = causes.empty() ? "unknown" : causes.front().id;
  result.match = policy::match_rule(policy, policy::Trigger::failure, result.cause,
                                    instance.observation.facts);
  result.plan = engine::make_plan(engine::PlanRequest{.instance = instance.endpoint,
                                                      .facts = instance.observation.facts,
                                                      .diagnosis = instance.diagnosis,
                                                      .forecast = instance.observation.forecast,
                                                      .policy = policy,
                                                      .root = session.root});
  std::vector<engine::IncidentRecord> history;
  if (const auto journal = engine::Journal::open_read_only(session_state_dir(session))) {
    if (auto incidents = (*journal)->incidents(std::nullopt)) history = std::move(*incidents);
  }
  result.gates =
      engine::check_gates(policy, history, instance.endpoint, result.cause, read_clock(), {});
  return result;
}

json::object to_json(const engine::ObservedInstance& instance, const Explanation& explained) {
  json::array trace;
  for (const auto& step : explained.match.trace) {
    trace.emplace_back(json::object{{"rule", printable(step.rule->name)},
                                    {"matched", step.matched},
                                    {"because", printable(step.because)}});
  }
  json::array gates;
  for (const auto& gate : explained.gates) {
    gates.emplace_back(json::object{{"gate", gate.gate},
                                    {"because", printable(gate.because)},
                                    {"override", gate.override_name}});
  }
  auto shown = engine::instance_json(instance);
  shown["rules"] = std::move(trace);
  shown["gates"] = std::move(gates);
  shown["plan"] = engine::plan_json(explained.plan);
  return shown;
}

void show_explanation(Terminal& terminal, const engine::ObservedInstance& instance,
                      const Explanation& explained) {
  terminal.line(terminal.bold(headline(instance)));
  terminal.field("Cause", instance.diagnosis.failing ? explained.cause
                                                     : "nothing fails; as if: " + explained.cause);
  for (const auto& step : explained.match.trace) {
    terminal.field(step.matched ? "Rule" : "Skipped",
                   "\"" + printable(step.rule->name) +
                       "\": " + (step.matched ? "matches" : printable(step.because)));
  }
  if (explained.match.rule == nullptr) terminal.field("Rule", "none matches: advice only");
  for (const auto& gate : explained.gates) {
    terminal.field("Gate", gate.gate + ": " + printable(gate.because));
  }
  show_plan(terminal, explained.plan);
}

boost::asio::awaitable<ExitCode> explain(Session session) {
  const auto policy = session_policy(session);
  if (!policy) {
    print_error(policy.error().message);
    co_return ExitCode::usage;
  }
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  auto out = document("policy");
  for (const auto& target : seen.targets) {
    if (!target.instance) continue;
    const Explanation explained = explain_instance(session, *policy, *target.instance);
    if (session.options.json) {
      out["instances"].as_array().emplace_back(to_json(*target.instance, explained));
    } else {
      show_explanation(session.terminal, *target.instance, explained);
    }
  }
  if (session.options.json) print_json(out);
  co_return ExitCode::ok;
}

}  // namespace

void add_policy(CLI::App& app, Selected& selected) {
  CLI::App* command = app.add_subcommand("policy", "check, show and explain policies");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  forkmend policy check /etc/forkmend/policies/mine.toml\n"
      "  forkmend policy explain\n"
      "Exit: 0, 2 invalid\n");
  auto file = std::make_shared<std::string>();
  CLI::App* checking = command->add_subcommand("check", "every mistake of a policy file at once");
  checking->add_option("FILE", *file, "policy file")->required();
  checking->footer(
      "Examples:\n"
      "  forkmend policy check policy.toml\n"
      "  forkmend policy check policy.toml --json\n");
  checking->callback([&selected, file] {
    selected.run = [file](Session& session) { return check(session, *file); };
  });
  CLI::App* showing = command->add_subcommand("show", "the effective policy");
  showing->footer(
      "Examples:\n"
      "  forkmend policy show\n"
      "  forkmend policy show --policy policy.toml\n");
  showing->callback([&selected] { selected.run = [](Session& session) { return show(session); }; });
  CLI::App* explaining =
      command->add_subcommand("explain", "which rule would match now, and which gate would block");
  explaining->footer(
      "Examples:\n"
      "  forkmend policy explain\n"
      "  forkmend policy explain -i redis://127.0.0.1:6379 --json\n");
  explaining->callback([&selected] {
    selected.run = [](Session& session) { return run_to_end(explain(session)); };
  });
}

}  // namespace forkmend::cli
