// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// ID and VERSION_ID of os-release; a rolling distribution has no version.
struct OsRelease {
  std::string id;
  std::string version;
};

[[nodiscard]] OsRelease parse_os_release(std::string_view text);
/// /etc/os-release, else /usr/lib/os-release (os-release(5)).
[[nodiscard]] Result<OsRelease> read_os_release(const Root& root);

/// uname -r.
[[nodiscard]] Result<std::string> read_kernel_release(const Root& root);

/// CPUs in a list such as "0-3,8".
[[nodiscard]] Result<std::int64_t> parse_cpu_list(std::string_view text);
[[nodiscard]] Result<std::int64_t> read_cpus_online(const Root& root);
[[nodiscard]] Result<std::int64_t> read_cpus_present(const Root& root);

/// nr_threads: the number behind the slash in field 4 of /proc/loadavg.
[[nodiscard]] Result<std::int64_t> read_task_count(const Root& root);

/// Bytes. From AT_PAGESZ of our own auxiliary vector, else from files that tell the same amount in
/// pages and in kB. Errors: not_found when nothing tells.
[[nodiscard]] Result<std::int64_t> read_page_size(const Root& root);

/// user:[4026531837] (PROC_USER_INIT_INO) in /proc/PID/ns/user; "self" for ourselves.
[[nodiscard]] Result<bool> in_initial_user_namespace(const Root& root, std::string_view pid);

/// sd_booted(3): /run/systemd/system is a directory.
[[nodiscard]] bool systemd_running(const Root& root);

/// "none", or what keeps us in: docker, podman, lxc, systemd-nspawn, openvz, ...; "namespace" when
/// only the namespaces tell. Tests follow systemd's detect_container().
[[nodiscard]] Result<std::string> detect_container(const Root& root);

}  // namespace forkmend::host
