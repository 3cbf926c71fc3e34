// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// The pid in the name of a temporary file of a save: temp-PID.rdb (child), temp-UNIXTIME.PID.rdb
/// (a replica's download), temp-rewriteaof-PID.aof, temp-rewriteaof-bg-PID.aof. nullopt for any
/// other name. Pure.
[[nodiscard]] std::optional<std::int64_t> temp_file_pid(std::string_view name);

/// What dead processes left behind.
struct StaleTempFiles {
  std::vector<std::string> names;  ///< sorted
  std::int64_t bytes = 0;
};

/// Temporary files of `directory` (a path of ours) that no process can still be writing: no process
/// has that pid, in any pid namespace, and none that we can see holds a file of that name open.
/// Errors: permission_denied when /proc hides processes from us, and those of listing.
[[nodiscard]] Result<StaleTempFiles> find_stale_temp_files(const Root& root,
                                                           const std::string& directory);

}  // namespace forkmend::host
