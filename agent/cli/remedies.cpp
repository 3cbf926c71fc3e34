// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <boost/json/array.hpp>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "remediations/remediation.hpp"
#include "remediations/spec_sheet.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

json::object to_json(const remediations::RemediationSpec& spec) {
  json::array parameters;
  for (const auto& parameter : spec.parameters) {
    parameters.emplace_back(json::object{
        {"name", parameter.name}, {"default", parameter.default_value}, {"help", parameter.help}});
  }
  json::array causes;
  for (const auto cause : spec.causes) causes.emplace_back(cause);
  return {{"id", spec.id},
          {"scope", std::string(to_string(spec.scope))},
          {"risk", std::string(to_string(spec.risk))},
          {"summary", spec.summary},
          {"symptom", spec.symptom},
          {"changes", spec.changes},
          {"risk_note", spec.risk_note},
          {"undo_by_hand", spec.undo_by_hand},
          {"causes", std::move(causes)},
          {"parameters", std::move(parameters)}};
}

ExitCode list(Session& session) {
  if (session.options.json) {
    auto out = document("remedies");
    json::array all;
    for (const auto* spec : remediations::registry()) all.emplace_back(to_json(*spec));
    out["remedies"] = std::move(all);
    print_json(out);
    return ExitCode::ok;
  }
  for (const auto* spec : remediations::registry()) {
    std::string head(spec->id);
    head.resize(22, ' ');
    std::string kind =
        std::string(to_string(spec->scope)) + ", " + std::string(to_string(spec->risk));
    kind.resize(22, ' ');
    session.terminal.line(session.terminal.bold(head) + kind + std::string(spec->summary));
  }
  return ExitCode::ok;
}

ExitCode show(Session& session, const std::string& id) {
  const auto* spec = remediations::find_remediation(id);
  if (spec == nullptr) {
    print_error("there is no remedy \"" + printable(id) + "\"; forkmend remedies lists them");
    return ExitCode::usage;
  }
  if (session.options.json) {
    auto out = document("remedies");
    out["remedies"] = json::array{to_json(*spec)};
    print_json(out);
    return ExitCode::ok;
  }
  const std::string sheet = remediations::describe(*spec);
  for (const auto line : lines_of(sheet)) session.terminal.line(line);
  return ExitCode::ok;
}

}  // namespace

void add_remedies(CLI::App& app, Selected& selected) {
  CLI::App* command =
      app.add_subcommand("remedies", "what forkmend can do, and how to undo it by hand");
  command->footer(
      "Examples:\n"
      "  forkmend remedies\n"
      "  forkmend remedies show overcommit-memory\n");
  CLI::App* one =
      command->add_subcommand("show", "one remedy: what it changes, risk, undo, parameters");
  auto id = std::make_shared<std::string>();
  one->add_option("ID", *id, "the remedy's id")->required();
  command->add_subcommand("list", "all remedies, a line each");
  one->footer(
      "Examples:\n"
      "  forkmend remedies show overcommit-limit\n"
      "  forkmend remedies show thp --json\n");
  command->callback([&selected, one, id] {
    const bool single = one->parsed();
    selected.run = [single, id](Session& session) {
      return single ? show(session, *id) : list(session);
    };
  });
}

}  // namespace forkmend::cli
