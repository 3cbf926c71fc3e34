// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/event.hpp"
#include "host/counters.hpp"
#include "host/kernel_event.hpp"
#include "redis/log_event.hpp"

namespace forkmend::daemon {

/// What a line of a server's log asks for; nullopt: nothing. A line is only a claim: it leads to a
/// look, never to more. Pure.
[[nodiscard]] std::optional<EventMeaning> meaning_of(redis::LogEventKind kind);

/// What the kernel knows a server by.
struct KernelSubject {
  std::int64_t pid = 0;
  std::string comm;
  std::vector<std::string> cgroups;  ///< paths as in /proc/PID/cgroup
};

/// What a line of the kernel log asks for of that server: a look where it names the server itself
/// or its cgroup, a poll where a child of it may be meant, or any server's storage. Pure.
[[nodiscard]] std::optional<EventMeaning> meaning_for(const host::KernelEvent& event,
                                                      const KernelSubject& server);

/// The names whose counters rose, of those that tell of a refusal or a kill: "max", "oom",
/// "oom_kill", "oom_group_kill". A counter that is new counts from 0 on. Pure.
[[nodiscard]] std::vector<std::string> risen(const host::Counters& before,
                                             const host::Counters& after);

/// What that means: "max" of memory.events is met by every busy server (page cache is given back,
/// nobody fails), of pids.events it is a refused fork. Pure.
[[nodiscard]] std::optional<EventMeaning> meaning_of_counters(
    std::string_view file, const std::vector<std::string>& names);

}  // namespace forkmend::daemon
