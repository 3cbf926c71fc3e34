// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/shared_list.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// One process. What could not be read is empty or nullopt: the row is still there.
struct ProcessRow {
  std::int64_t pid = 0;
  std::int64_t parent = 0;
  std::uint64_t start_time = 0;  ///< clock ticks since boot
  std::string comm;
  std::string exe;                   ///< base name of the executable; empty when unreadable
  std::vector<std::string> cmdline;  ///< first arguments, at most 4096 bytes
  std::optional<std::int64_t> uid;   ///< real
  std::optional<std::int64_t> threads;
  std::vector<std::int64_t> namespace_pids;  ///< NSpid: outermost first
};

/// Every process that we can see, by pid. Processes that end meanwhile are left out. Under hidepid
/// the table holds only our own: see hides_processes().
[[nodiscard]] Result<SharedList<ProcessRow>> process_table(const Root& root);

/// "a\0b\0" -> {"a", "b"}.
[[nodiscard]] std::vector<std::string> parse_cmdline(std::string_view text);

/// /proc does not show us everything: hidepid=, or not the initial pid namespace. Errors: as
/// reading our mount table.
[[nodiscard]] Result<bool> hides_processes(const Root& root);

/// Tasks (threads, zombies too) whose real uid is `uid`: what RLIMIT_NPROC counts. From 5.14 on the
/// kernel counts for each user namespace apart: then only tasks of `user_namespace` count when it
/// is given and readable. Errors: permission_denied when /proc hides processes from us: a part of
/// them is not a count.
[[nodiscard]] Result<std::int64_t> count_uid_tasks(const Root& root, std::int64_t uid,
                                                   std::optional<std::uint64_t> user_namespace);

}  // namespace forkmend::host
