// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "host/root.hpp"

namespace forkmend::testing {

/// A directory of our own, removed with all it holds at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Writes files into a directory: path on the host -> content. A content "-> TARGET" makes a
/// symlink.
void write_tree(const std::filesystem::path& directory,
                const std::map<std::string, std::string>& files);

/// A host tree of a test: `HostTree tree{{"/proc/loadavg", "0 0 0 1/200 9\n"}}; tree.root()`.
class HostTree {
 public:
  HostTree(const std::map<std::string, std::string>& files);  // NOLINT(google-explicit-constructor)
  void write(const std::string& path, const std::string& content);
  [[nodiscard]] std::string read(const std::string& path) const;
  [[nodiscard]] host::Root root() const { return host::Root(dir_.path()); }
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }
  /// Every file below with its content and mode: two equal snapshots are byte-identical trees.
  [[nodiscard]] std::map<std::string, std::string> snapshot() const;

 private:
  TempDir dir_;
};

}  // namespace forkmend::testing
