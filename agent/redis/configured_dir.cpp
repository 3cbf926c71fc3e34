// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/conf_file.hpp"
#include "redis/confined_read.hpp"
#include "redis/credentials.hpp"
#include "redis/directory_facts.hpp"
#include "redis/process_path.hpp"

namespace forkmend::redis {

Result<ConfiguredDir> read_configured_dir(const host::Root& root, std::int64_t pid,
                                          const std::string& config_file) {
  const auto path = path_of_process(root, pid, config_file);
  if (!path) return path.error();
  auto conf = read_conf_file(root, confine(*path));
  if (!conf) return conf.error();
  ConfiguredDir found;
  for (Directive& line : conf->directives) {
    if (line.size() == 2 && line[0] == "dir") found.dir = line[1];
    if (line.size() == 2 && line[0] == "dbfilename") found.dbfilename = line[1];
    // Other lines may hold passwords.
    for (std::string& word : line) wipe(word);
  }
  // An included file may come last and set either.
  if (conf->incomplete) return *conf->incomplete;
  return found;
}

}  // namespace forkmend::redis
