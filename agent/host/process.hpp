// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Bits of capability sets (capability.h).
inline constexpr unsigned kCapSysAdmin = 21;
inline constexpr unsigned kCapSysResource = 24;

/// /proc/PID/status. A field that this kernel does not print is nullopt; sizes in bytes.
struct ProcessStatus {
  std::string name;
  char state = '?';
  std::int64_t pid = 0;
  std::int64_t parent = 0;
  std::optional<std::int64_t> real_uid;
  std::optional<std::int64_t> effective_uid;
  std::optional<std::int64_t> filesystem_uid, filesystem_gid;
  std::vector<std::int64_t> groups;  ///< supplementary
  std::optional<std::int64_t> threads;
  std::vector<std::int64_t> namespace_pids;  ///< NSpid: outermost first
  std::optional<std::uint64_t> cap_effective;
  std::optional<std::int64_t> vm_size, vm_rss, rss_anon, vm_data, vm_stack, vm_pte, vm_swap;
  std::optional<std::int64_t> seccomp;  ///< mode: 0 none, 1 strict, 2 filter
  std::optional<bool> thp_enabled;      ///< false: the process switched THP off for itself
};

[[nodiscard]] Result<ProcessStatus> parse_status(std::string_view text);
[[nodiscard]] Result<ProcessStatus> read_status(const Root& root, std::int64_t pid);

/// /proc/PID/stat, as far as it is needed.
struct ProcessStat {
  std::int64_t pid = 0;
  std::string comm;  ///< may hold blanks and brackets
  char state = '?';
  std::int64_t parent = 0;
  std::int64_t threads = 0;
  std::uint64_t start_time = 0;  ///< field 22: clock ticks since boot; with the pid, an identity
  bool kernel_thread = false;    ///< field 9: it has no executable, no arguments and no memory
  std::optional<std::int64_t> policy;  ///< field 41: SCHED_OTHER 0, ..., SCHED_DEADLINE 6
};

[[nodiscard]] Result<ProcessStat> parse_stat(std::string_view text);
[[nodiscard]] Result<ProcessStat> read_stat(const Root& root, std::int64_t pid);

/// Soft and hard value of one limit; kUnlimited for "unlimited".
struct Limit {
  std::int64_t soft = 0;
  std::int64_t hard = 0;
};

/// By the kernel's names: "Max processes", "Max open files", ...
[[nodiscard]] std::map<std::string, Limit, std::less<>> parse_limits(std::string_view text);
/// Errors: not_found when the process or the limit is not there.
[[nodiscard]] Result<Limit> read_limit(const Root& root, std::int64_t pid, std::string_view name);

/// Lines of /proc/PID/maps: what vm.max_map_count limits (mm->map_count of the kernel).
[[nodiscard]] Result<std::int64_t> count_mappings(const Root& root, std::int64_t pid);

/// "/proc/PID/<name>".
[[nodiscard]] std::string proc_path(std::int64_t pid, std::string_view name);

/// Target of /proc/PID/exe without " (deleted)".
[[nodiscard]] Result<std::string> read_exe(const Root& root, std::int64_t pid);
/// The working directory as the process sees it.
[[nodiscard]] Result<std::string> read_cwd(const Root& root, std::int64_t pid);
/// Inode number of a namespace: read_namespace(root, pid, "net").
[[nodiscard]] Result<std::uint64_t> read_namespace(const Root& root, std::int64_t pid,
                                                   std::string_view type);

}  // namespace forkmend::host
