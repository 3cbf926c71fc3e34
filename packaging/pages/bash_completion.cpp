// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
//
// bash: one case per command; the words on the line say which command it is, the word before the
// cursor whether a value is wanted.
#include "base/text.hpp"
#include "page.hpp"

namespace forkmend::pages {

namespace {

constexpr std::string_view kHead = R"(# bash completion for forkmend
_forkmend()
{
    local cur prev command word
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD-1]}
    COMPREPLY=()
    command=forkmend
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$command $word" in
)";

constexpr std::string_view kTail = R"(    esac
}
complete -F _forkmend forkmend
)";

std::string action_of(const Option& option) {
  switch (option.kind) {
    case Kind::file:
      return "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); compopt -o filenames 2>/dev/null";
    case Kind::directory:
      return "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); compopt -o filenames 2>/dev/null";
    case Kind::choice:
      return "mapfile -t COMPREPLY < <(compgen -W \"" + join(option.choices, " ") +
             "\" -- \"$cur\")";
    case Kind::none:
    case Kind::text:
      return ":";
  }
  return ":";
}

std::string names_of(const Option& option, std::string_view separator) {
  if (option.short_name.empty()) return option.long_name;
  if (option.long_name.empty()) return option.short_name;
  return option.short_name + std::string(separator) + option.long_name;
}

// NOLINTNEXTLINE(misc-no-recursion): commands have commands
void collect(const Command& command, std::vector<const Command*>& all) {
  all.push_back(&command);
  for (const Command& below : command.commands) collect(below, all);
}

std::string words_of(const Command& command, const Command& program) {
  std::vector<std::string> words;
  words.reserve(command.commands.size() + command.options.size() + program.options.size());
  for (const Command& below : command.commands) words.push_back(below.path.back());
  for (const Option& option : command.options) words.push_back(names_of(option, " "));
  if (&command != &program) {
    for (const Option& option : program.options) words.push_back(names_of(option, " "));
  }
  return join(words, " ");
}

std::string case_of(const Command& command, const Command& program) {
  std::string text = "        \"" + full_name(command) + "\")\n";
  if (command.arguments.empty() || command.arguments.front().kind == Kind::text) {
    return text + "            mapfile -t COMPREPLY < <(compgen -W \"" +
           words_of(command, program) + "\" -- \"$cur\")\n            ;;\n";
  }
  return text + "            if [[ $cur == -* ]]; then\n" +
         "                mapfile -t COMPREPLY < <(compgen -W \"" + words_of(command, program) +
         "\" -- \"$cur\")\n            else\n                " +
         action_of(command.arguments.front()) + "\n            fi\n            ;;\n";
}

/// After an option that takes a value; the same option of two commands is told apart by command.
std::string values(const std::vector<const Command*>& all) {
  std::string text = "    case \"$command $prev\" in\n";
  for (const Command* command : all) {
    const bool program = command->path.size() == 1;
    for (const Option& option : command->options) {
      if (option.kind == Kind::none) continue;
      // A global option may stand behind any command.
      const std::string before = program ? "*" : "\"" + full_name(*command) + "\"";
      if (!option.short_name.empty())
        text += "        " + before + "\\ " + option.short_name + " | \\\n";
      text += "        " + before + "\\ " + option.long_name + ") " + action_of(option) +
              "; return ;;\n";
    }
  }
  return text + "    esac\n";
}

}  // namespace

Page bash_completion(const Command& program) {
  std::vector<const Command*> all;
  collect(program, all);
  std::string text(kHead);
  for (const Command* command : all) {
    if (command == &program) continue;
    text +=
        "            \"" + full_name(*command) + "\") command=\"" + full_name(*command) + "\" ;;\n";
  }
  text += "        esac\n    done\n";
  text += values(all);
  text += "    case \"$command\" in\n";
  for (const Command* command : all) text += case_of(*command, program);
  return {"completions/forkmend.bash", text.append(kTail)};
}

}  // namespace forkmend::pages
