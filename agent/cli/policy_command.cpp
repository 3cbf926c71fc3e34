// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/policy_explain.hpp"
#include "cli/request.hpp"
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
    selected.reads_bundle = true;
    selected.run = [](Session& session) { return run_to_end(explain_policy(session)); };
  });
}

}  // namespace forkmend::cli
