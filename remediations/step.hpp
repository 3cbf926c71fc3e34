// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "base/risk.hpp"

namespace forkmend::remediations {

/// The closed set of things that the executor can change. A value is always a string in the form
/// given here, as read back from the kernel or the server; nullopt means "absent" (files only).
enum class StepType {
  sysctl,          ///< name: "vm.overcommit_memory"; value: the file's content, trimmed
  commit_limit,    ///< name: "vm.overcommit_ratio|kbytes"; value: "ratio=50" or "kbytes=1234" (the
                   ///< two zero each other, so one of them is always the setting)
  sysfs,           ///< name: a path below /sys; value: the content, or the word in [brackets]
  rlimit,          ///< name: "nproc"; value: "soft:hard", "unlimited" for RLIM_INFINITY
  cgroup_file,     ///< name: path of pids.max and the like; value: its content, trimmed
  config,          ///< name: a CONFIG parameter of the instance; value: as CONFIG GET gives it
  file,            ///< name: path of a file of our own (drop-in); value: its whole content
  config_file,     ///< name: a parameter in the server's own configuration file; value: its words
                   ///< there (redis/conf_edit.hpp)
  server_command,  ///< name: "MEMORY PURGE" and the like: done once, nothing is in force
                   ///< afterwards, so the value is always absent
  signal,          ///< name: "SIGUSR1" or "SIGCONT" to target.pid: likewise
  swap,        ///< name: path of a swap file of ours; value: "size=BYTES priority=N", where -1 is
               ///< any place behind all that have a priority
  quarantine,  ///< name: path of a server's temporary file; value: "in-place" or "quarantined"
  hook,        ///< name: the user's name for it; value: "done", told by its check command
};

[[nodiscard]] std::string_view to_string(StepType type);
[[nodiscard]] std::optional<StepType> parse_step_type(std::string_view text);

/// Done once, nothing is in force afterwards: there is nothing to read back and nothing to undo.
[[nodiscard]] constexpr bool is_momentary(StepType type) {
  return type == StepType::server_command || type == StepType::signal;
}

/// What is changed, as plain data: it can be sent to another process.
struct Target {
  StepType type = StepType::sysctl;
  std::string name;
  std::int64_t pid = 0;             ///< rlimit, signal, config: the pid on this host
  std::uint64_t process_start = 0;  ///< its start time in ticks (field 22 of stat): pid reuse
  std::string endpoint;             ///< config, config_file, server_command: URL without password
  std::string run_id;               ///< likewise: the server's run id when planned
  /// file: told to systemd after the write and after the undo, "" or "daemon-reload".
  std::string afterwards;
  std::string commands;  ///< hook: what it runs, as JSON (see hook.cpp)
  std::string file;      ///< config_file: its path on this host, without symbolic links
  /// config_file: the user whose file it may be, as the server runs with that uid; 0: it has to be
  /// root's, in directories that only root writes to.
  std::int64_t owner = 0;
  /// config, maxmemory: the plan knows that keys may have to go. Without it the step is refused
  /// where the server would have to make room for it.
  bool may_evict = false;
  /// cgroup_file: the inode of the directory when it was changed. A unit that is started again has
  /// another one by the same path. 0: not known.
  std::uint64_t holder = 0;

  bool operator==(const Target&) const = default;
};

/// "vm.overcommit_memory", "pid 812 RLIMIT_NPROC", "/sys/fs/cgroup/.../pids.max".
[[nodiscard]] std::string to_string(const Target& target);

/// One reversible change. The same object is printed by the dry-run and carried out by the
/// executor.
struct Step {
  std::string remedy;
  Target target;
  std::optional<std::string> before;
  std::optional<std::string> after;
  Scope scope = Scope::host;
  Risk risk = Risk::safe;
  bool needs_root = false;
  std::string shell;       ///< what a person would type to do it
  std::string undo_shell;  ///< and to undo it
  std::string why;         ///< one sentence
  /// Seconds after which the step is undone whatever became of it; 0: it stays.
  std::int64_t lease = 0;
  /// Facts that are different once the step is done: the what-if of the planner.
  std::map<std::string, FactValue> effects;
};

}  // namespace forkmend::remediations
