// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include "base/result.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// prlimit(2): sets a limit of another process when `wanted` is given, and returns the one before.
/// Root without CAP_SYS_RESOURCE (some containers and virtual machines) may do this only under the
/// process's own uid and gid (check_prlimit_permission in kernel/sys.c): then it is done so, with
/// the real ids of the calling thread changed for that moment. Errors: those of prlimit(2).
[[nodiscard]] Result<rlimit> exchange_limit(const host::Root& root, pid_t pid,
                                            __rlimit_resource resource, const rlimit* wanted);

}  // namespace forkmend::engine
