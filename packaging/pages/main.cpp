// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
//
// forkmend-pages DIR POLICY-REFERENCE CONFIGURATION: writes the man pages and the completions, from
// the command line, the registries and the two files. Runs when the package is built.
#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "command_tree.hpp"
#include "page.hpp"

namespace {

namespace fs = std::filesystem;
namespace pages = forkmend::pages;

std::string read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& directory, const pages::Page& page) {
  const fs::path path = directory / page.name;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << page.text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

void write_all(const std::vector<std::string>& arguments) {
  forkmend::cli::GlobalOptions options;
  forkmend::cli::Selected selected;
  CLI::App app;
  forkmend::cli::add_command_line(app, options, selected);
  const pages::Command program = pages::command_tree(app);

  auto all = pages::command_pages(program);
  all.push_back(pages::policy_page(read_whole(arguments.at(1))));
  all.push_back(pages::configuration_page(read_whole(arguments.at(2))));
  all.push_back(pages::bash_completion(program));
  all.push_back(pages::zsh_completion(program));
  all.push_back(pages::fish_completion(program));
  for (const auto& page : all) write(arguments.at(0), page);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 3) {
    std::cerr << "forkmend-pages DIR POLICY-REFERENCE CONFIGURATION\n";
    return 2;
  }
  write_all(arguments);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "forkmend-pages: " << error.what() << '\n';
  return 1;
}
