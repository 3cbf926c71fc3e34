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

/// One line of /proc/PID/mountinfo, octal escapes decoded.
struct Mount {
  std::int64_t id = 0;
  std::int64_t parent = 0;
  std::string device;  ///< "254:0"
  std::string root;    ///< the part of the file system that is mounted here
  std::string mount_point;
  std::string options;
  std::string type;  ///< ext4, cgroup2, ...
  std::string source;
  std::string super_options;
};

/// "\\040" for a blank and so on, as the kernel writes paths into tables (mangle_path()).
[[nodiscard]] std::string unescape_path(std::string_view text);

/// Lines that are not of the form are left out.
[[nodiscard]] std::vector<Mount> parse_mountinfo(std::string_view text);
/// "self" or a pid.
[[nodiscard]] Result<std::vector<Mount>> read_mountinfo(const Root& root, std::string_view pid);

/// The mount that holds an absolute path: the longest mount point, the newest of equals; nullptr
/// when there is none.
[[nodiscard]] const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path);

/// True when a comma separated option list has the word.
[[nodiscard]] bool has_option(std::string_view options, std::string_view word);
/// The value of "name=value" in a comma separated option list.
[[nodiscard]] std::optional<std::string> option_value(std::string_view options,
                                                      std::string_view name);

}  // namespace forkmend::host
