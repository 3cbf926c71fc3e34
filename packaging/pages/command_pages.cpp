// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <cctype>

#include "base/text.hpp"
#include "page.hpp"
#include "roff.hpp"

namespace forkmend::pages {

namespace {

constexpr std::string_view kFiles =
    "/etc/forkmend/forkmend.toml\n"
    "/etc/forkmend/policies/*.toml\n"
    "/var/lib/forkmend\n"
    "/run/forkmend/stop";

std::string dashed(const Command& command) {
  return join(command.path, "-");
}

std::string option_names(const Option& option) {
  std::string names = option.short_name;
  if (!option.long_name.empty()) names += (names.empty() ? "" : ", ") + option.long_name;
  if (names.empty()) return option.value;
  if (!option.value.empty()) names += " " + option.value;
  return names;
}

std::string explained(const Option& option) {
  std::string text = option.help;
  if (!option.choices.empty()) text += " (one of: " + join(option.choices, ", ") + ")";
  return text.empty() ? std::string("no further explanation") : text;
}

/// --help has no full stops and no capitals.
std::string sentence(std::string text) {
  if (text.empty()) return text;
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text.ends_with('.') ? text : text + ".";
}

std::string synopsis(const Command& command) {
  std::string line = full_name(command) + " [OPTION]...";
  for (const Option& argument : command.arguments) {
    line += argument.required ? " " + argument.value : " [" + argument.value + "]";
  }
  if (!command.commands.empty()) line += " [COMMAND]";
  return line;
}

void add_options(Roff& page, const Command& command) {
  for (const Option& argument : command.arguments) {
    page.term(option_names(argument), explained(argument));
  }
  for (const Option& option : command.options) page.term(option_names(option), explained(option));
}

void add_examples(Roff& page, const Command& command) {
  if (!command.examples.empty()) page.verbatim(join(command.examples, "\n"));
}

/// The commands of a command stand on its page.
void add_commands_below(Roff& page, const Command& command) {
  for (const Command& below : command.commands) {
    page.subsection(synopsis(below));
    page.paragraph(sentence(below.summary));
    add_options(page, below);
    add_examples(page, below);
  }
}

Page to_page(const Command& command, const Roff& page) {
  return {"man/" + dashed(command) + ".1", page.text()};
}

Page command_page(const Command& command) {
  Roff page(dashed(command), "1", command.summary);
  page.section("synopsis");
  page.paragraph(synopsis(command));
  page.section("description");
  page.paragraph(sentence(command.summary));
  if (!command.commands.empty()) page.section("commands");
  add_commands_below(page, command);
  page.section("options");
  page.paragraph("Those of forkmend(1) may stand here, too.");
  add_options(page, command);
  if (!command.exit_codes.empty()) page.section("exit status");
  if (!command.exit_codes.empty()) page.paragraph(command.exit_codes);
  page.section("examples");
  add_examples(page, command);
  page.section("see also");
  page.paragraph("forkmend(1), forkmend-policy(5), forkmend.toml(5)");
  return to_page(command, page);
}

Page program_page(const Command& program) {
  Roff page("forkmend", "1", "mends Redis servers whose saves fail");
  page.section("synopsis");
  page.paragraph("forkmend [OPTION]... COMMAND [OPTION]...");
  page.section("description");
  page.paragraph(program.summary);
  page.section("commands");
  for (const Command& command : program.commands) {
    page.term(dashed(command) + "(1)", command.summary);
  }
  page.section("options");
  page.paragraph("They may stand before or after the command.");
  add_options(page, program);
  page.section("environment");
  page.term("REDISCLI_AUTH", "the servers' password; never given as an argument");
  page.term("NO_COLOR", "plain text");
  page.section("files");
  page.verbatim(kFiles);
  page.section("examples");
  add_examples(page, program);
  page.section("see also");
  std::string others;
  for (const Command& command : program.commands) others += dashed(command) + "(1), ";
  page.paragraph(others + "forkmend-policy(5), forkmend.toml(5)");
  return to_page(program, page);
}

}  // namespace

std::vector<Page> command_pages(const Command& program) {
  std::vector<Page> pages = {program_page(program)};
  pages.reserve(program.commands.size() + 1);
  for (const Command& command : program.commands) pages.push_back(command_page(command));
  return pages;
}

}  // namespace forkmend::pages
