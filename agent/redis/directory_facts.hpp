// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::redis {

/// Every instance.dir.* and instance.aof_dir.* fact of a local server: where it writes, and whether
/// it can, as its own mounts, owner and capabilities have it. Its working directory is that place
/// (servers chdir to `dir`); `known` holds what CONFIG GET and INFO said: redis.config.dir,
/// dbfilename, appenddirname, appendonly, redis.config_file. Lists the directory once, and looks at
/// every process only where temporary files are found in it.
[[nodiscard]] FactSet directory_facts(const host::Root& root, std::int64_t pid,
                                      const FactSet& known);

/// What a configuration file says of the place of saves; the last line of each name counts.
struct ConfiguredDir {
  std::optional<std::string> dir;
  std::optional<std::string> dbfilename;
};

/// Reads `config_file` (as the server names it) as the server sees it. Errors: those of reading.
[[nodiscard]] Result<ConfiguredDir> read_configured_dir(const host::Root& root, std::int64_t pid,
                                                        const std::string& config_file);

}  // namespace forkmend::redis
