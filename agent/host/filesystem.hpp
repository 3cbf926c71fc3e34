// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace forkmend::host {

/// What statvfs tells of the file system that holds a path.
struct FilesystemStatus {
  std::int64_t block_size = 0;        ///< bytes (f_frsize)
  std::int64_t blocks = 0;            ///< of block_size
  std::int64_t available_blocks = 0;  ///< what an ordinary user may take (f_bavail)
  std::int64_t files = 0;             ///< inodes; 0: this file system does not count them
  std::int64_t available_files = 0;
  std::string type;        ///< "ext4", or "0x1234" where the magic number has no name here
  bool read_only = false;  ///< by the mount or by the file system itself

  [[nodiscard]] std::int64_t total_bytes() const;
  [[nodiscard]] std::int64_t available_bytes() const;
  bool operator==(const FilesystemStatus&) const = default;
};

/// Who may do what with one file or directory, links not followed.
struct FileAttributes {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0;         ///< st_mode; a captured one may lack the type bits
  std::optional<bool> immutable;  ///< chattr +i; nullopt: this file system does not tell
  std::optional<bool> append_only;
  std::optional<bool> acl;       ///< has a POSIX access list, which the mode does not show
  std::optional<bool> writable;  ///< by the server's credentials; only a capture tells

  bool operator==(const FileAttributes&) const = default;
};

/// What a capture asked of file systems and files, path by path; an error has its errno.
using FilesystemTable = std::map<std::string, Result<FilesystemStatus>, std::less<>>;
using AttributesTable = std::map<std::string, Result<FileAttributes>, std::less<>>;

/// What a captured tree holds of answers to system calls: the text of both tables, and one answer.
struct CapturedTables {
  std::optional<std::string> statvfs;  ///< nullopt: there is no such file
  std::optional<std::string> access;
  std::optional<bool> mapping_admitted;  ///< nullopt: nobody asked
};

/// The entry of one path in statvfs.toml: a table a path, with block_size, blocks, bavail, files,
/// favail, type and options ("ro" among them when it is read-only); or with the errno of the
/// question. Errors: not_found when nobody captured that path, parse. Pure.
[[nodiscard]] Result<FilesystemStatus> captured_filesystem(std::string_view toml,
                                                           std::string_view path);

/// The same for access.toml: uid, gid and mode; immutable, append_only, acl and writable where they
/// are known. Pure.
[[nodiscard]] Result<FileAttributes> captured_attributes(std::string_view toml,
                                                         std::string_view path);

/// The way back. Paths that cannot be printed are left out: nothing is known of them then. Pure.
[[nodiscard]] std::string to_statvfs_toml(const FilesystemTable& table);
[[nodiscard]] std::string to_access_toml(const AttributesTable& table);

/// What failed, in the words of a live question and of a captured one.
[[nodiscard]] Error filesystem_error(int error_number, std::string_view path);
[[nodiscard]] Error attributes_error(int error_number, std::string_view path);

}  // namespace forkmend::host
