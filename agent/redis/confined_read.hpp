// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::redis {

/// A path as a process sees it: base is "/" or "/proc/PID/root", path is absolute below it.
struct ConfinedPath {
  std::string base;
  std::string path;
};

/// Splits "/proc/812/root/etc/redis.conf" into its two parts; any other path has the base "/".
/// "." and ".." are gone from the result.
[[nodiscard]] ConfinedPath confine(const std::string& path);

/// A name as a file mentions it, relative to that file's directory, in the same confinement.
[[nodiscard]] ConfinedPath beside(const ConfinedPath& file, const std::string& name);

/// A regular file of at most limit bytes. Who rules a container must not make us read another
/// server's file in place of its own, so symbolic links below /proc/PID/root are resolved inside it
/// (openat2 RESOLVE_IN_ROOT) or, before Linux 5.6, refused. Errors: not_found, permission_denied,
/// invalid, too_large, changed (it grows), unsupported, io.
[[nodiscard]] Result<std::string> read_confined(const host::Root& root, const ConfinedPath& path,
                                                std::size_t limit);

}  // namespace forkmend::redis
