// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "command_tree.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::pages {

namespace {

/// What an option's value is, where its type alone does not say.
struct ValueName {
  std::string_view option;
  std::string_view value;
  Kind kind;
};
constexpr std::array kValueNames = {
    ValueName{"--instance", "URL", Kind::text},
    ValueName{"--config", "FILE", Kind::file},
    ValueName{"--policy", "FILE", Kind::file},
    ValueName{"--state", "DIR", Kind::directory},
    ValueName{"--bundle", "DIR", Kind::directory},
    ValueName{"--plan", "ID", Kind::text},
    ValueName{"--interval", "DURATION", Kind::text},
    ValueName{"--for", "DURATION", Kind::text},
    ValueName{"--since", "WHEN", Kind::text},
    ValueName{"--reason", "TEXT", Kind::text},
    ValueName{"--comment", "TEXT", Kind::text},
    ValueName{"--what-if", "KEY=VALUE", Kind::text},
    ValueName{"FILE", "FILE", Kind::file},
    ValueName{"DIR", "DIR", Kind::directory},
};

/// What it gives is a view of the option where the table does not know it.
ValueName value_name(std::string_view option) {
  for (const ValueName& known : kValueNames) {
    if (known.option == option) return known;
  }
  return {option, option.starts_with('-') ? std::string_view("VALUE") : option, Kind::text};
}

/// "TEXT:{a,b}" is how CLI11 names a type with a list of allowed words.
std::vector<std::string> choices_of(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  const std::string_view inside(type);
  const auto words = split(inside.substr(open + 1, close - open - 1), ',');
  return {words.begin(), words.end()};
}

Option to_option(const CLI::Option& from) {
  Option option;
  if (!from.get_snames().empty()) option.short_name = "-" + from.get_snames().front();
  if (!from.get_lnames().empty()) option.long_name = "--" + from.get_lnames().front();
  option.help = from.get_description();
  option.required = from.get_required();
  if (from.get_items_expected_max() == 0) return option;
  const bool positional = from.get_positional();
  const std::string name = positional ? from.get_name(true) : option.long_name;
  const ValueName named = value_name(name);
  option.value = named.value;
  option.kind = named.kind;
  option.choices = choices_of(from.get_type_name());
  if (!option.choices.empty()) option.kind = Kind::choice;
  return option;
}

/// The two parts of a footer: lines under "Examples:", and all that follows "Exit".
void read_footer(const std::string& footer, Command& command) {
  bool in_exit_codes = false;
  for (const std::string_view line : lines_of(footer)) {
    in_exit_codes = in_exit_codes || line.starts_with("Exit");
    const std::string text(trim(line));
    if (text.empty() || text == "Examples:") continue;
    if (in_exit_codes) {
      command.exit_codes += (command.exit_codes.empty() ? "" : " ") + text;
    } else {
      command.examples.push_back(text);
    }
  }
}

/// The words that only the registry knows.
void add_remedy_ids(Command& command) {
  if (full_name(command) != "forkmend remedies show") return;
  for (Option& argument : command.arguments) {
    argument.kind = Kind::choice;
    for (const auto* spec : remediations::registry()) argument.choices.emplace_back(spec->id);
  }
}

// NOLINTNEXTLINE(misc-no-recursion): commands have commands
Command describe(const CLI::App& app, std::vector<std::string> path) {
  Command command;
  command.path = std::move(path);
  command.path.push_back(app.get_name());
  command.summary = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? command.arguments : command.options).push_back(to_option(*option));
  }
  read_footer(app.get_footer(), command);
  add_remedy_ids(command);
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.commands.push_back(describe(*below, command.path));
  }
  return command;
}

}  // namespace

Command command_tree(const CLI::App& app) {
  return describe(app, {});
}

std::string full_name(const Command& command) {
  return join(command.path, " ");
}

}  // namespace forkmend::pages
