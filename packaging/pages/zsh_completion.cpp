// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"
#include "page.hpp"

namespace forkmend::pages {

namespace {

/// Inside single quotes of an argument of _arguments or _describe: ":", "[" and "]" are its own.
std::string zsh_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == ':' || c == '[' || c == ']' || c == '\\') {
      out += std::string("\\") + c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string value_action(const Option& option) {
  const std::string value = ":" + zsh_escaped(option.value) + ":";
  switch (option.kind) {
    case Kind::none:
      return "";
    case Kind::text:
      return value;
    case Kind::file:
      return value + "_files";
    case Kind::directory:
      return value + "_files -/";
    case Kind::choice:
      return value + "(" + join(option.choices, " ") + ")";
  }
  return "";
}

std::string spec(const std::string& name, const Option& option) {
  return "        '" + name + "[" + zsh_escaped(option.help) + "]" + value_action(option) +
         "' \\\n";
}

std::string function_name(const Command& command) {
  return "_" + join(command.path, "_");
}

std::string arguments_of(const Command& command) {
  std::string text = "    _arguments -C \\\n";
  for (const Option& option : command.options) {
    if (!option.short_name.empty()) text += spec(option.short_name, option);
    if (!option.long_name.empty()) text += spec(option.long_name, option);
  }
  if (!command.commands.empty()) {
    return text + "        '1:command:->command' \\\n        '*::argument:->argument'\n";
  }
  for (const Option& argument : command.arguments) {
    text += "        '" + value_action(argument) + "' \\\n";
  }
  return text + "        && return\n";
}

std::string choose_command(const Command& command) {
  std::string text = "    case $state in\n    command)\n        local -a commands=(\n";
  for (const Command& below : command.commands) {
    text += "            '" + below.path.back() + ":" + zsh_escaped(below.summary) + "'\n";
  }
  text +=
      "        )\n        _describe command commands\n        ;;\n    argument)\n"
      "        case $words[1] in\n";
  for (const Command& below : command.commands) {
    text += "        " + below.path.back() + ") " + function_name(below) + " ;;\n";
  }
  return text + "        esac\n        ;;\n    esac\n";
}

// NOLINTNEXTLINE(misc-no-recursion): commands have commands
void add_function(const Command& command, std::string& text) {
  text += function_name(command) + "() {\n    local context state state_descr line\n" +
          "    typeset -A opt_args\n" + arguments_of(command);
  if (!command.commands.empty()) text += choose_command(command);
  text += "}\n\n";
  for (const Command& below : command.commands) add_function(below, text);
}

}  // namespace

Page zsh_completion(const Command& program) {
  std::string text = "#compdef forkmend\n# zsh completion for forkmend\n\n";
  add_function(program, text);
  return {"completions/_forkmend", text + "_forkmend \"$@\"\n"};
}

}  // namespace forkmend::pages
