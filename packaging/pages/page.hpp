// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command_tree.hpp"

namespace forkmend::pages {

/// A file to be written.
struct Page {
  std::string name;  ///< "man/forkmend.1"
  std::string text;
};

/// forkmend(1) and one page for each command.
[[nodiscard]] std::vector<Page> command_pages(const Command& program);

/// forkmend-policy(5): the reference of the format (policies/README.md), then every remedy with its
/// parameters and every fact.
[[nodiscard]] Page policy_page(std::string_view reference);

/// forkmend.toml(5): the file that is installed, whose comments explain each key.
[[nodiscard]] Page configuration_page(std::string_view installed_file);

[[nodiscard]] Page bash_completion(const Command& program);
[[nodiscard]] Page zsh_completion(const Command& program);
[[nodiscard]] Page fish_completion(const Command& program);

}  // namespace forkmend::pages
