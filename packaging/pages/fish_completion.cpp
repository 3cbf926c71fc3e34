// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"
#include "page.hpp"

namespace forkmend::pages {

namespace {

/// In single quotes, as fish reads them.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

std::string value_words(const Option& option) {
  switch (option.kind) {
    case Kind::none:
      return "";
    case Kind::text:
      return " -x";
    case Kind::file:
      return " -r -F";
    case Kind::directory:
      return " -x -a '(__fish_complete_directories)'";
    case Kind::choice:
      return " -x -a " + fish_quoted(join(option.choices, " "));
  }
  return "";
}

std::string option_line(const Option& option, const std::string& condition) {
  std::string line = "complete -c forkmend" + condition;
  if (!option.short_name.empty()) line += " -s " + option.short_name.substr(1);
  if (!option.long_name.empty()) line += " -l " + option.long_name.substr(2);
  return line + value_words(option) + " -d " + fish_quoted(option.help) + "\n";
}

std::string seen(const Command& command) {
  if (command.path.size() == 1) return "__fish_use_subcommand";
  std::string test = "__fish_seen_subcommand_from " + command.path[1];
  for (std::size_t i = 2; i < command.path.size(); ++i) {
    test += "; and __fish_seen_subcommand_from " + command.path[i];
  }
  return test;
}

/// The commands below are offered until one of them is there.
std::string none_below_seen(const Command& command) {
  if (command.path.size() == 1) return seen(command);
  std::vector<std::string> names;
  names.reserve(command.commands.size());
  for (const Command& below : command.commands) names.push_back(below.path.back());
  return seen(command) + "; and not __fish_seen_subcommand_from " + join(names, " ");
}

// NOLINTNEXTLINE(misc-no-recursion): commands have commands
void add_command(const Command& command, std::string& text) {
  for (const Command& below : command.commands) {
    text += "complete -c forkmend -n " + fish_quoted(none_below_seen(command)) + " -a " +
            below.path.back() + " -d " + fish_quoted(below.summary) + "\n";
  }
  const bool program = command.path.size() == 1;
  const std::string condition = program ? "" : " -n " + fish_quoted(seen(command));
  for (const Option& option : command.options) text += option_line(option, condition);
  for (const Option& argument : command.arguments) {
    if (argument.kind == Kind::file) text += "complete -c forkmend" + condition + " -F\n";
    if (argument.kind == Kind::directory || argument.kind == Kind::choice) {
      text += "complete -c forkmend" + condition + value_words(argument) + "\n";
    }
  }
  for (const Command& below : command.commands) add_command(below, text);
}

}  // namespace

Page fish_completion(const Command& program) {
  std::string text = "# fish completion for forkmend\ncomplete -c forkmend -f\n";
  add_command(program, text);
  return {"completions/forkmend.fish", text};
}

}  // namespace forkmend::pages
