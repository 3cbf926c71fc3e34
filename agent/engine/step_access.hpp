// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "host/root.hpp"
#include "redis/connection.hpp"
#include "remediations/step.hpp"

/// Reading and writing of each step type, without comparing: LiveActuator does that. One file a
/// family. A reader gives nullopt when the target is absent; a target that the type does not cover
/// is Errc::invalid before anything is opened.
namespace forkmend::engine {

using StepValue = std::optional<std::string>;

// sysctl_step.cpp: /proc/sys, and the pair of commit limits, which the kernel keeps as one setting
// (mm/util.c overcommit_ratio_handler, overcommit_kbytes_handler).
[[nodiscard]] Result<StepValue> read_sysctl_step(const host::Root& root, const std::string& key);
[[nodiscard]] Result<void> write_sysctl_step(const host::Root& root, const std::string& key,
                                             const std::string& value);
[[nodiscard]] Result<StepValue> read_commit_limit(const host::Root& root);
[[nodiscard]] Result<void> write_commit_limit(const host::Root& root, const std::string& value);

// sysfs_step.cpp
[[nodiscard]] Result<StepValue> read_sysfs_step(const host::Root& root, const std::string& path);
[[nodiscard]] Result<void> write_sysfs_step(const host::Root& root, const std::string& path,
                                            const std::string& value);

// cgroup_step.cpp: the limit files of the memory and pids controllers below /sys/fs/cgroup.
[[nodiscard]] Result<StepValue> read_cgroup_step(const host::Root& root, const std::string& path);
[[nodiscard]] Result<void> write_cgroup_step(const host::Root& root, const std::string& path,
                                             const std::string& value);
/// Of the directory with that limit; 0 when it is not there. The kernel gives none twice before it
/// has given 2^32 (fs/kernfs/dir.c, __kernfs_new_node()).
[[nodiscard]] std::uint64_t cgroup_inode(const host::Root& root, const std::string& path);

// rlimit_step.cpp: prlimit(2). The process is the one that started at target.process_start;
// another one with its pid is nullopt.
[[nodiscard]] Result<StepValue> read_rlimit_step(const host::Root& root,
                                                 const remediations::Target& target);
[[nodiscard]] Result<void> write_rlimit_step(const host::Root& root,
                                             const remediations::Target& target,
                                             const std::string& value);

// own_file_step.cpp: whole files of ours in sysctl.d, tmpfiles.d and a unit's drop-in directory.
[[nodiscard]] Result<StepValue> read_own_file(const host::Root& root, const std::string& path);
/// nullopt removes the file, and the directory when we made it and it is empty.
[[nodiscard]] Result<void> write_own_file(const host::Root& root, const std::string& path,
                                          const StepValue& value);

// swap_step.cpp: a swap file of ours, made, in use, and removed whole. A file in the making, or one
// that is no longer in use, reads as absent; removing takes it along.
[[nodiscard]] Result<StepValue> read_swap_step(const host::Root& root, const std::string& path);
[[nodiscard]] boost::asio::awaitable<Result<void>> write_swap_step(host::Root root,
                                                                   std::string path,
                                                                   StepValue value);

// quarantine_step.cpp: temporary files of dead children. target.pid is the server, which counts
// where the path leads through /proc/PID/root. Absent: somebody deleted it.
[[nodiscard]] Result<StepValue> read_quarantine_step(const host::Root& root,
                                                     const remediations::Target& target);
[[nodiscard]] Result<void> write_quarantine_step(const host::Root& root,
                                                 const remediations::Target& target,
                                                 const std::string& value);

// signal_step.cpp: SIGUSR1 or SIGCONT to a server's child that saves, and to no other process.
[[nodiscard]] Result<void> send_signal_step(const host::Root& root,
                                            const remediations::Target& target);

// hook_step.cpp: the user's own commands.
[[nodiscard]] boost::asio::awaitable<Result<StepValue>> read_hook_step(remediations::Target target);
[[nodiscard]] boost::asio::awaitable<Result<void>> write_hook_step(remediations::Target target,
                                                                   StepValue value);

// conf_file_step.cpp: one parameter in the server's own configuration file, target.file; no link in
// its path is followed. The file that is written has owner, mode and attributes of the old one.
[[nodiscard]] Result<StepValue> read_conf_file_step(const host::Root& root,
                                                    const remediations::Target& target);
[[nodiscard]] Result<void> write_conf_file_step(const host::Root& root,
                                                const remediations::Target& target,
                                                const StepValue& value);

// config_step.cpp: CONFIG GET and SET of the server whose run id is target.run_id; another run id
// is Errc::changed.
[[nodiscard]] boost::asio::awaitable<Result<StepValue>> read_config_step(
    redis::ConnectionOptions options, remediations::Target target);
[[nodiscard]] boost::asio::awaitable<Result<void>> write_config_step(
    redis::ConnectionOptions options, remediations::Target target, std::string value);

// server_command_step.cpp: what is done once. Errors: invalid for a name that is not on the list.
[[nodiscard]] Result<StepValue> read_server_command(const remediations::Target& target);
[[nodiscard]] boost::asio::awaitable<Result<void>> run_server_command(
    redis::ConnectionOptions options, remediations::Target target);

}  // namespace forkmend::engine
