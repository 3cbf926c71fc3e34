// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace forkmend::pages {

/// What a shell offers for a value.
enum class Kind { none, text, file, directory, choice };

/// An option, or a positional argument where both names are empty.
struct Option {
  std::string short_name;  ///< "-i" or empty
  std::string long_name;   ///< "--instance" or empty
  std::string value;       ///< what stands for its value: "URL"; empty: it takes none
  Kind kind = Kind::none;
  std::vector<std::string> choices;
  std::string help;
  bool required = false;
};

/// The program, a command, or a command of a command.
struct Command {
  std::vector<std::string> path;  ///< "forkmend", "policy", "check"
  std::string summary;
  std::vector<Option> options;
  std::vector<Option> arguments;
  std::vector<std::string> examples;
  std::string exit_codes;  ///< what follows "Exit:" in --help; empty: not said there
  std::vector<Command> commands;
};

/// The command line as data: what --help prints.
[[nodiscard]] Command command_tree(const CLI::App& app);

/// "forkmend policy check".
[[nodiscard]] std::string full_name(const Command& command);

}  // namespace forkmend::pages
