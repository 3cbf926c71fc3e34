// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/mountinfo.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// One line of /proc/PID/cgroup.
struct CgroupMembership {
  std::int64_t hierarchy = 0;
  std::vector<std::string> controllers;  ///< empty for version 2
  std::string path;                      ///< seen from the reader's cgroup namespace
};

[[nodiscard]] std::vector<CgroupMembership> parse_cgroup(std::string_view text);
[[nodiscard]] Result<std::vector<CgroupMembership>> read_cgroup(const Root& root, std::int64_t pid);

enum class CgroupVersion { v1, v2 };

/// Where one controller accounts for a process.
struct CgroupPlace {
  CgroupVersion version = CgroupVersion::v2;
  std::string path;  ///< as in /proc/PID/cgroup
  /// Directories on this host from the process's own cgroup upwards, without the root cgroup, which
  /// has no limits. Empty for a process in the root cgroup.
  std::vector<std::string> levels;
};

/// Finds the cgroup of a controller ("pids", "memory"): version 1, version 2 and hybrid layouts,
/// bind mounts and cgroup namespaces. Errors: not_found when the controller is not mounted or not
/// enabled; permission_denied when the process lies outside of what our cgroup namespace shows.
[[nodiscard]] Result<CgroupPlace> find_cgroup(const Root& root, std::int64_t pid,
                                              std::string_view controller);

/// The same with what was read before; `mounts` are our own.
[[nodiscard]] Result<CgroupPlace> place_of(const Root& root,
                                           const std::vector<CgroupMembership>& memberships,
                                           const std::vector<Mount>& mounts,
                                           std::string_view controller);

/// The systemd unit that owns a process: the last *.service or *.scope of the path; nullopt when
/// systemd does not manage it.
[[nodiscard]] std::optional<std::string> systemd_unit(
    const std::vector<CgroupMembership>& memberships);

}  // namespace forkmend::host
