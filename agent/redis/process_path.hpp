// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::redis {

/// Where we find what a process calls `path`: in its mount namespace, below its root directory, a
/// relative path from its present working directory. "/proc/PID/root/..." when it sees another file
/// system tree than we do. Symlinks are followed inside its tree, so that a link set up in a
/// container cannot lead us out of it. The file itself need not exist.
///
/// Errors: not_found (no such process, working directory deleted), permission_denied (its links may
/// not be read, and it lives in a container), invalid (too many links).
[[nodiscard]] Result<std::string> path_of_process(const host::Root& root, std::int64_t pid,
                                                  std::string_view path);

struct WalkedPath {
  std::string path;  ///< as path_of_process() gives it
  /// The first directory or symbolic link on the way that is not root's, or that others may write
  /// to: somebody besides root can make the name mean another file. The file itself is not looked
  /// at.
  std::optional<std::string> not_roots;
};

[[nodiscard]] Result<WalkedPath> walk_path_of_process(const host::Root& root, std::int64_t pid,
                                                      std::string_view path);

}  // namespace forkmend::redis
