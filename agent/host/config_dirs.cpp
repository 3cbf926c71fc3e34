// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/config_dirs.hpp"

#include <array>
#include <map>
#include <utility>

namespace forkmend::host {

namespace {

/// From the one that wins to the one that loses.
constexpr std::array<std::string_view, 4> kParents = {"/etc", "/run", "/usr/local/lib", "/usr/lib"};

/// A link to /dev/null switches off all files of that name (sysctl.d(5)).
bool is_mask(const Root& root, const std::string& path) {
  const auto link = root.read_link(path);
  return link && *link == "/dev/null";
}

}  // namespace

DropIns drop_in_files(const Root& root, std::string_view name) {
  std::vector<std::string> directories;
  directories.reserve(kParents.size());
  for (const std::string_view parent : kParents) {
    directories.push_back(std::string(parent).append("/").append(name));
  }
  return drop_in_files_of(root, directories);
}

DropIns drop_in_files_of(const Root& root, std::span<const std::string> directories) {
  DropIns found;
  std::map<std::string, std::string> by_name;
  for (const std::string& directory : directories) {
    auto names = root.list(directory);
    if (!names) {
      if (names.error().code != Errc::not_found) found.problems.push_back(names.error());
      continue;
    }
    for (const std::string& file : *names) {
      if (!file.ends_with(".conf")) continue;
      std::string path = directory;
      path.append("/").append(file);
      by_name.emplace(file, std::move(path));
    }
  }
  for (const auto& [file, path] : by_name) {
    if (!is_mask(root, path)) found.files.push_back(path);
  }
  return found;
}

}  // namespace forkmend::host
