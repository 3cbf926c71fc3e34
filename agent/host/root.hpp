// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/filesystem.hpp"

namespace forkmend::host {

/// What lstat tells.
struct FileStatus {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0;  ///< st_mode, type bits included
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::int64_t size = 0;
  std::int64_t mtime = 0;  ///< seconds since the epoch

  [[nodiscard]] bool is_regular() const;
  [[nodiscard]] bool is_directory() const;
  [[nodiscard]] bool is_symlink() const;
};

/// All reads of the host go through one of these, so that a captured tree or a tree written by a
/// test can stand in for "/". Paths are absolute as on the host ("/proc/meminfo"). Links within
/// such a tree, absolute ones too, stay within it: a bundle from elsewhere cannot make us read this
/// host.
class Root {
 public:
  /// The running host, or the tree below prefix.
  explicit Root(std::filesystem::path prefix = "/");

  /// True for the running host itself.
  [[nodiscard]] bool live() const { return live_; }

  /// The whole file, at most limit bytes (more is Errc::too_large). Works for /proc files, whose
  /// size is 0. Retries EINTR.
  [[nodiscard]] Result<std::string> read(std::string_view path,
                                         std::size_t limit = kReadLimit) const;
  /// Hands over a file line by line, without line ends and without holding the whole of it: for
  /// /proc/PID/smaps. Lines that are longer than 64 KiB are cut.
  [[nodiscard]] Result<void> scan(std::string_view path,
                                  const std::function<void(std::string_view line)>& sink) const;
  /// The last at most limit bytes of a regular file.
  [[nodiscard]] Result<std::string> read_tail(std::string_view path, std::size_t limit) const;
  [[nodiscard]] Result<std::string> read_link(std::string_view path) const;
  /// Names in a directory without "." and "..", sorted.
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view path) const;
  [[nodiscard]] Result<FileStatus> status(std::string_view path) const;
  [[nodiscard]] bool exists(std::string_view path) const;
  /// The file system that holds a path. Of a captured tree: what its statvfs.toml says of exactly
  /// that path.
  [[nodiscard]] Result<FilesystemStatus> filesystem(std::string_view path) const;
  /// Owner, mode and attributes of a path; a link itself. Of a captured tree: what its access.toml
  /// says of exactly that path.
  [[nodiscard]] Result<FileAttributes> attributes(std::string_view path) const;

  /// Where a host path lies for us: prefix + path.
  [[nodiscard]] std::filesystem::path at(std::string_view path) const;

  /// How many files this object and its copies have read: tests hold "cheap first" with it.
  [[nodiscard]] std::uint64_t reads() const;

  static constexpr std::size_t kReadLimit = std::size_t{16} << 20U;

 private:
  enum class LastLink { follow, keep };
  [[nodiscard]] std::filesystem::path resolve(std::string_view path, LastLink last) const;

  std::filesystem::path prefix_;
  bool live_ = true;
  std::shared_ptr<std::uint64_t> reads_;
};

}  // namespace forkmend::host
