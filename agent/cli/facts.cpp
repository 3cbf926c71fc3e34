// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/request.hpp"
#include "engine/report_json.hpp"

namespace forkmend::cli {

namespace {

std::string shown_value(const Fact& fact) {
  const auto* integer = std::get_if<std::int64_t>(&fact.value);
  if (fact.state == FactState::value && fact.unit == "bytes" && integer != nullptr) {
    return format_size(*integer);
  }
  std::string text = printable(to_string(fact));
  if (fact.state == FactState::value && !fact.unit.empty() && fact.unit != "text" &&
      fact.unit != "flag" && fact.unit != "count") {
    text += " " + fact.unit;
  }
  if (!fact.reason.empty()) text += " (" + printable(fact.reason) + ")";
  return text;
}

void show(Terminal& terminal, const FactSet& facts) {
  for (const auto& [name, fact] : facts.all()) {
    std::string line = printable(name);
    line.resize(std::max<std::size_t>(line.size() + 1, 38), ' ');
    terminal.line(line + shown_value(fact) + terminal.dim("  " + printable(fact.source)));
  }
}

boost::asio::awaitable<ExitCode> facts(Session session) {
  const Look seen = co_await look(session);
  if (seen.leave) co_return *seen.leave;
  const FactSet host = engine::observe_host(session.root);
  auto out = document(session, "facts");
  out["facts"] = engine::to_json(host);
  if (!session.options.json) show(session.terminal, host);
  for (const auto& target : seen.targets) {
    if (!target.instance) continue;
    FactSet own;
    for (const auto& [name, fact] : target.instance->observation.facts.all()) {
      if (!name.starts_with("host.")) own.set(fact);
    }
    if (session.options.json) {
      auto shown = engine::instance_json(*target.instance);
      shown["facts"] = engine::to_json(own);
      out["instances"].as_array().emplace_back(std::move(shown));
      continue;
    }
    session.terminal.line();
    session.terminal.line(session.terminal.bold(headline(*target.instance)));
    show(session.terminal, own);
  }
  if (session.options.json) print_json(out);
  co_return ExitCode::ok;
}

}  // namespace

void add_facts(CLI::App& app, Selected& selected) {
  CLI::App* command = app.add_subcommand("facts", "every fact with its source");
  command->footer(
      "Examples:\n"
      "  forkmend facts\n"
      "  forkmend facts -i redis://127.0.0.1:6379 --json | jq '.instances[].facts'\n");
  command->callback([&selected] {
    selected.reads_bundle = true;
    selected.run = [](Session& session) { return run_to_end(facts(session)); };
  });
}

}  // namespace forkmend::cli
