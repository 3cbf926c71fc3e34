// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// Smallest RDB file: magic and version (9 bytes), the EOF opcode, and the checksum (8 bytes, zero
/// with rdbchecksum no). Source: rdbSaveRio() of rdb.c, RDB version 5 and later.
inline constexpr std::int64_t kSmallestRdb = 18;

/// What the two ends of a file say.
struct RdbLook {
  std::int64_t size = 0;
  std::string magic;     ///< "REDIS0011", "VALKEY080"; empty when it is neither
  bool has_end = false;  ///< the EOF opcode stands before the checksum
};

/// Reads both ends of a regular file; never follows a symbolic link in the last component, never
/// waits on a pipe. Errors: as opening it; invalid for anything but a regular file.
[[nodiscard]] Result<RdbLook> look_at_rdb(const host::Root& root, std::string_view path);

/// One file at one moment: which one it is, not what it holds.
struct SavedFile {
  std::string name;  ///< last component
  std::string path;  ///< as seen from the host
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::int64_t size = 0;
  std::int64_t mtime = 0;
};

[[nodiscard]] Result<SavedFile> file_at(const host::Root& root, const std::string& directory,
                                        const std::string& name);

/// The server's working directory as seen from the host: dir is a chdir of the server, so this is
/// the one whatever CONFIG says, and whatever mount namespace it runs in.
[[nodiscard]] std::string server_directory(std::int64_t pid);

/// The snapshot. Errors: invalid for a dbfilename that is no plain name; not_found before the first
/// save.
[[nodiscard]] Result<SavedFile> snapshot_file(const host::Root& root, const FactSet& facts);

/// What BGREWRITEAOF replaces: the base file that the manifest names (7.0+), else the AOF itself.
[[nodiscard]] Result<SavedFile> aof_base_file(const host::Root& root, const FactSet& facts);

/// The file that the line "file NAME seq N type b" names; nullopt for a manifest without base.
[[nodiscard]] std::optional<std::string> base_of_manifest(std::string_view manifest);

}  // namespace forkmend::engine
