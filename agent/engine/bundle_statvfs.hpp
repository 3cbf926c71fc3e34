// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <set>
#include <string>

#include "host/root.hpp"

namespace forkmend::engine {

/// statvfs.toml: one table for each of these paths of the host with what statvfs() says of the file
/// system it is on. A path that cannot be asked has no table, so nothing is known of it.
[[nodiscard]] std::string statvfs_toml(const host::Root& root, const std::set<std::string>& paths);

}  // namespace forkmend::engine
