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
#include "policy/load_text.hpp"
#include "remediations/remediation.hpp"
#include "settings/settings.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

/// What a check found: the mistakes, or one line that says what is good.
struct Checked {
  std::vector<policy::PolicyError> errors;
  std::string good;
};

std::string described(const policy::Policy& policy) {
  return std::to_string(policy.rules.size()) + " rules, mode " +
         std::string(to_string(policy.mode));
}

Checked check_policy(const std::string& file) {
  const auto loaded = policy::load_policy(file, remediations::remedy_declarations());
  if (const auto* errors = std::get_if<std::vector<policy::PolicyError>>(&loaded)) {
    return {*errors, {}};
  }
  return {{}, "good (" + described(std::get<policy::Policy>(loaded)) + ")"};
}

/// The file, its drop-ins, and the policy that they name.
Checked check_settings(const std::string& file) {
  const auto loaded = settings::load_settings(file);
  if (const auto* errors = std::get_if<std::vector<policy::PolicyError>>(&loaded)) {
    return {*errors, {}};
  }
  const auto& good = std::get<settings::Settings>(loaded);
  Checked checked;
  if (!good.policy.empty()) checked = check_policy(good.policy);
  const std::size_t drop_ins = good.sources.size() - 1;
  checked.good = "good (configuration, drop-ins: " + std::to_string(drop_ins) +
                 ", servers named: " + std::to_string(good.instances.size()) +
                 ", policy: " + (good.policy.empty() ? "built-in" : good.policy) + ")";
  return checked;
}

/// Which of the two it is, its keys say. A file that cannot be read is told as a policy.
bool is_settings_file(const std::string& file) {
  const auto text = policy::load_text(file, "policy");
  const auto* content = std::get_if<std::string>(&text);
  return content != nullptr && settings::is_settings(*content);
}

Checked check_named(const Session& session, const std::string& file) {
  if (file.empty()) {
    const std::string& config = session.options.config;
    return check_settings(config.empty() ? std::string(settings::kDefaultFile) : config);
  }
  return is_settings_file(file) ? check_settings(file) : check_policy(file);
}

ExitCode check(Session& session, const std::string& file) {
  const Checked checked = check_named(session, file);
  const bool valid = checked.errors.empty();
  if (session.options.json) {
    auto out = document("policy");
    json::array all;
    for (const auto& error : checked.errors) {
      all.emplace_back(json::object{{"file", error.file},
                                    {"line", error.at.line},
                                    {"column", error.at.column},
                                    {"message", printable(error.message, 2000)}});
    }
    out["valid"] = valid;
    out["errors"] = std::move(all);
    print_json(out);
  } else if (valid) {
    session.terminal.line((file.empty() ? std::string() : printable(file) + ": ") + checked.good);
  } else {
    for (const auto& error : checked.errors) {
      session.terminal.line(printable(to_string(error), 2000));
    }
  }
  return valid ? ExitCode::ok : ExitCode::usage;
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
  CLI::App* checking = command->add_subcommand(
      "check", "every mistake of a policy, or of a configuration with its policy, at once");
  checking->add_option("FILE", *file, "policy or configuration; default: the configuration");
  checking->footer(
      "Examples:\n"
      "  forkmend policy check policy.toml\n"
      "  forkmend policy check /etc/forkmend/forkmend.toml --json\n");
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
