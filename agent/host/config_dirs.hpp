// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// The *.conf files of a drop-in directory as systemd applies them: names of /etc/NAME, /run/NAME,
/// /usr/local/lib/NAME and /usr/lib/NAME in one order by base name; of equal names the first
/// directory wins; a link to /dev/null masks.
struct DropIns {
  std::vector<std::string> files;
  std::vector<Error> problems;  ///< directories that could not be listed
};

/// `name` is "sysctl.d" or "tmpfiles.d".
[[nodiscard]] DropIns drop_in_files(const Root& root, std::string_view name);

/// The same of these directories, from the one that wins to the one that loses.
[[nodiscard]] DropIns drop_in_files_of(const Root& root, std::span<const std::string> directories);

}  // namespace forkmend::host
