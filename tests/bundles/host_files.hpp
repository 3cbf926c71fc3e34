// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "host/root.hpp"
#include "toml_file.hpp"

namespace forkmend::testing {

/// The files of a host below "/", and what is known of paths that have none.
struct HostFiles {
  std::string release;
  std::map<std::string, std::string> files;  ///< "-> TARGET" is a link
  host::CapturedPaths paths;
  std::map<std::string, std::string> memory;  ///< in MiB: total, free, cached, ...
  std::map<std::string, std::string> process;
  // The directory of saves: see put_directory().
  std::map<std::string, std::string> filesystem, access, directory;
  std::map<std::string, std::string> temp_files;  ///< size in MiB by name
  std::set<std::string> directories;              ///< made although no file of them is captured
  std::string statvfs, access_toml;               ///< at the bundle's root
};

/// A host of _hosts/: its files, and those that [memory] and [process] stand for.
[[nodiscard]] HostFiles read_host(const std::filesystem::path& file);

/// What a case changes: [files], absent, [sysctl], [memory], [process], mappings, and the tables of
/// the directory.
void change_host(HostFiles& host, TomlFile& file);

}  // namespace forkmend::testing
