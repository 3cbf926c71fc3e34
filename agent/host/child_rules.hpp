// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// "other", "fifo", "rr", "batch", "idle", "deadline", "ext" for the numbers of sched.h; empty for
/// a number that is none of them.
[[nodiscard]] std::string_view sched_policy_name(std::int64_t policy);

/// SCHED_RESET_ON_FORK of a process. No file shows it: asked of the running kernel by
/// sched_getscheduler(2). Errors: unsupported for a captured tree, not_found, permission_denied.
[[nodiscard]] Result<bool> read_reset_on_fork(const Root& root, std::int64_t pid);

/// Whether the pid namespace that the children of a process are born into can still take them:
/// alloc_pid() gives ENOMEM once its init has died. A process that lives in that namespace itself
/// would have been killed together with its init, so only one whose children go elsewhere
/// (unshare(CLONE_NEWPID), setns) is searched for. Errors: not_found before 4.12, where the tree
/// lacks it, and for a namespace that has had no process: its first child becomes init, but if an
/// earlier first fork failed (free_pid()), no further one succeeds, and nothing tells the two
/// apart; permission_denied without ptrace rights, or when /proc hides processes.
[[nodiscard]] Result<bool> children_have_init(const Root& root, std::int64_t pid);

}  // namespace forkmend::host
