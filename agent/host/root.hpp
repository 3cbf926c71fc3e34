// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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

/// What a capture saw of paths beside readable files. Without an entry, a path that the tree lacks
/// was not captured, and nothing is known of it.
struct CapturedPaths {
  std::set<std::string, std::less<>> absent;           ///< there was no such file
  std::set<std::string, std::less<>> unread;           ///< it was there; its content is not here
  std::map<std::string, int, std::less<>> unreadable;  ///< errno of opening or listing
  std::map<std::string, int, std::less<>> unreadable_links;  ///< errno of readlink or lstat
  std::map<std::string, std::string, std::less<>> links;     ///< with files below, so no real link
};

class Recording;
class KernelLogReader;
class ReadCache;

/// All reads of the host go through one of these, so that a captured tree or a tree written by a
/// test can stand in for "/". Paths are absolute as on the host ("/proc/meminfo"). Links within
/// such a tree, absolute ones too, stay within it: a bundle from elsewhere cannot make us read this
/// host.
class Root {
 public:
  /// The running host, or the tree below prefix.
  explicit Root(std::filesystem::path prefix = "/");
  /// A captured tree with what its capture saw.
  Root(std::filesystem::path prefix, CapturedPaths captured, CapturedTables tables = {});
  /// A tree that has tables and knows nothing else of its capture.
  Root(std::filesystem::path prefix, CapturedTables tables);

  /// The same host; every read through the copy is written down.
  [[nodiscard]] Root recorded_by(std::shared_ptr<Recording> recording) const;

  /// The same host at one moment: what a copy of the result has read, all of them get again, so
  /// that a look at many servers reads the tables of the host once. Not remembered are scans, ends
  /// of logs, and what system calls tell.
  [[nodiscard]] Root caching() const;
  /// The same without what was remembered, for whatever has to be of this very moment.
  [[nodiscard]] Root fresh() const;

  /// The same host; of its kernel log, the copies of the result read only what is new, and keep of
  /// it what parse_kernel_event() knows.
  [[nodiscard]] Root following_kernel_log() const;
  /// nullptr, unless it is followed.
  [[nodiscard]] KernelLogReader* kernel_log() const { return kernel_log_.get(); }

  /// What a caching Root keeps; nullptr for any other one.
  [[nodiscard]] ReadCache* cache() const { return cache_.get(); }
  /// Whether its reads are written down.
  [[nodiscard]] bool recorded() const { return recording_ != nullptr; }

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
  /// that path. Errors: with errno; not_found when the capture did not ask.
  [[nodiscard]] Result<FilesystemStatus> filesystem(std::string_view path) const;
  /// Owner, mode and attributes of a path; a link itself. Of a captured tree: what its access.toml
  /// says of exactly that path.
  [[nodiscard]] Result<FileAttributes> attributes(std::string_view path) const;

  /// Whether this host's kernel admits a private mapping of so many bytes, which is given back at
  /// once and never touched: what __vm_enough_memory() says. Of a captured tree: what its capture
  /// was told. Errors: not_found when it was not asked; unsupported under a RLIMIT_AS of our own.
  [[nodiscard]] Result<bool> admits_mapping(std::int64_t bytes) const;

  /// Where a host path lies for us: prefix + path.
  [[nodiscard]] std::filesystem::path at(std::string_view path) const;

  /// How many files this object and its copies have read: tests hold "cheap first" with it.
  [[nodiscard]] std::uint64_t reads() const;

  static constexpr std::size_t kReadLimit = std::size_t{16} << 20U;

 private:
  enum class LastLink { follow, keep };
  enum class Access { open, look };
  [[nodiscard]] std::string resolve(std::string_view path, LastLink last) const;
  [[nodiscard]] std::optional<Error> refused(std::string_view path, Access access,
                                             std::string_view doing) const;
  [[nodiscard]] Result<std::string> read_file(std::string_view path, std::size_t limit) const;
  [[nodiscard]] Result<void> scan_file(std::string_view path,
                                       const std::function<void(std::string_view)>& sink) const;
  [[nodiscard]] Result<std::string> read_end(std::string_view path, std::size_t limit) const;
  [[nodiscard]] Result<std::string> read_target(std::string_view path) const;
  [[nodiscard]] Result<std::vector<std::string>> list_names(std::string_view path) const;
  [[nodiscard]] Result<FileStatus> look_at(std::string_view path) const;
  [[nodiscard]] bool is_there(std::string_view path) const;
  [[nodiscard]] Result<FilesystemStatus> ask_filesystem(std::string_view path) const;
  [[nodiscard]] Result<FileAttributes> ask_attributes(std::string_view path) const;
  [[nodiscard]] Result<bool> ask_mapping(std::int64_t bytes) const;

  std::filesystem::path prefix_;
  bool live_ = true;
  std::shared_ptr<std::uint64_t> reads_;
  std::shared_ptr<const CapturedPaths> captured_;
  std::shared_ptr<const CapturedTables> tables_;
  std::shared_ptr<Recording> recording_;
  std::shared_ptr<ReadCache> cache_;
  std::shared_ptr<KernelLogReader> kernel_log_;
};

}  // namespace forkmend::host
