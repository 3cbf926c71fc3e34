// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>

#include "host/fact_writer.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// instance.child.*: the newest child of a server, which is the one that saves: a server has one
/// at a time (hasActiveChildProcess() of server.c). Without a child, or where the kernel has no
/// /proc/PID/task/TID/children, they are not applicable or unknown.
void put_child_facts(FactWriter& writer, const Root& root, std::int64_t pid);

}  // namespace forkmend::host
