// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>

#include "host/fact_writer.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// instance.cgroup, instance.unit, instance.oom_policy, instance.pids.* and instance.memory.* of a
/// process.
void put_cgroup_facts(FactWriter& writer, const Root& root, std::int64_t pid);

}  // namespace forkmend::host
