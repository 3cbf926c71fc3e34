// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fact_catalog.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "engine/report_json.hpp"

namespace forkmend::cli {

namespace {

using Changes = std::map<std::string, FactValue>;

FactValue what_if_value(std::string_view text) {
  if (text == "unlimited" || text == "max") return kUnlimited;
  if (text == "yes" || text == "true") return true;
  if (text == "no" || text == "false") return false;
  if (const auto integer = parse_integer(text)) return *integer;
  if (const auto size = parse_size(text)) return *size;
  return std::string(text);
}

/// "host.overcommit_memory=1" and so on.
Result<Changes> parse_what_if(const std::vector<std::string>& all) {
  Changes changes;
  for (const std::string& text : all) {
    const std::size_t at = text.find('=');
    if (at == std::string::npos || at == 0) {
      return Error{Errc::invalid, "--what-if \"" + printable(text) +
                                      "\" is not FACT=VALUE, such as host.overcommit_memory=1"};
    }
    const std::string name = text.substr(0, at);
    if (find_fact_info(name) == nullptr) {
      return Error{Errc::invalid,
                   "--what-if: there is no fact \"" + printable(name) + "\"; see forkmend facts"};
    }
    changes[name] = what_if_value(std::string_view(text).substr(at + 1));
  }
  return changes;
}

std::string margin_text(const forecast::RuleForecast& rule) {
  if (!rule.margin) return {};
  const std::string amount =
      rule.unit == "bytes" ? format_size(*rule.margin) : format_count(*rule.margin);
  return " (margin " + amount + ")";
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
}

/// 0 admitted, 1 refused, 2 too close or unknown; the worst of all instances.
ExitCode exit_of(forecast::Verdict verdict) {
  switch (verdict) {
    case forecast::Verdict::admitted:
      return ExitCode::ok;
    case forecast::Verdict::refused:
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

boost::asio::awaitable<ExitCode> forecast_command(Session session,
                                                  std::vector<std::string> what_if) {
  auto changes = parse_what_if(what_if);
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
    const auto forecast =
        forecast::forecast_fork(target.instance->observation.facts.with(*changes));
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
  auto what_if = std::make_shared<std::vector<std::string>>();
  command->add_option("--what-if", *what_if, "answer as if this fact had another value: FACT=VALUE")
      ->allow_extra_args(false);
  command->footer(
      "Examples:\n"
      "  forkmend forecast\n"
      "  forkmend forecast --what-if host.overcommit_memory=2\n"
      "Exit: 0 admitted, 1 refused, 2 too close to call or unknown\n");
  command->callback([&selected, what_if] {
    selected.reads_bundle = true;
    selected.run = [what_if](Session& session) {
      return run_to_end(forecast_command(session, *what_if));
    };
  });
}

}  // namespace forkmend::cli
