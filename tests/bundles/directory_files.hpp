// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <string>

#include "host_files.hpp"

namespace forkmend::testing {

/// What a capture holds of the directory of saves: /proc/812/cwd and mountinfo, the directory with
/// its files (all without content), and statvfs.toml and access.toml at the bundle's root. Of
/// [files], what a case names itself stays as it is. `config` is what CONFIG GET says: the names of
/// the file and of the append-only directory are its own, and `dir` is set to where the server
/// stands unless the case sets it.
void put_directory(HostFiles& host, std::map<std::string, std::string>& config);

}  // namespace forkmend::testing
