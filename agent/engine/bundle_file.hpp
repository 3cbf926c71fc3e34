// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace forkmend::engine {

/// One file of ours in a bundle, found from the bundle's own directory without following any
/// symbolic link: a bundle comes from somebody else. Errors name the file and what was expected.
[[nodiscard]] Result<std::string> read_bundle_file(const std::filesystem::path& bundle,
                                                   const std::string& name,
                                                   std::size_t limit = std::size_t{16} << 20U);

/// Fails unless name is a directory of the bundle itself, not a link.
[[nodiscard]] Result<void> check_bundle_directory(const std::filesystem::path& bundle,
                                                  const std::string& name);

/// Writes a new bundle: into a directory that is made, or is empty; mode 0700, files 0600, never
/// through a symbolic link. What is there is removed again unless keep() was called.
class BundleWriter {
 public:
  /// Errors: there is something already, its parent is missing or not writable.
  [[nodiscard]] static Result<BundleWriter> create(const std::filesystem::path& directory);
  BundleWriter(BundleWriter&& other) noexcept;
  BundleWriter& operator=(BundleWriter&&) = delete;
  BundleWriter(const BundleWriter&) = delete;
  BundleWriter& operator=(const BundleWriter&) = delete;
  ~BundleWriter();

  /// Paths are relative; directories on the way are made.
  [[nodiscard]] Result<void> file(const std::string& path, std::string_view content);
  [[nodiscard]] Result<void> directory(const std::string& path);
  [[nodiscard]] Result<void> link(const std::string& path, const std::string& target);
  /// Time of change of a file, seconds since the epoch.
  [[nodiscard]] Result<void> set_time(const std::string& path, std::int64_t changed_at);

  void keep() { keep_ = true; }

 private:
  BundleWriter(std::filesystem::path path, Descriptor descriptor, bool made);
  [[nodiscard]] std::string shown(const std::string& path) const;

  std::filesystem::path path_;
  Descriptor directory_;
  bool made_ = false;
  bool keep_ = false;
};

}  // namespace forkmend::engine
