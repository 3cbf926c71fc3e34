// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/fact.hpp"
#include "base/result.hpp"

namespace forkmend::redis {

/// What some fields of INFO and counters of the kernel were at one time. The unit of each is that
/// of INFO; counters are sums over all levels of the server's cgroups.
struct Sample {
  WallTime at;
  std::map<std::string, std::int64_t, std::less<>> values;  ///< by the field's name

  bool operator==(const Sample&) const = default;
};

/// The fields that are kept over time: memory and its parts, and what the last save took.
[[nodiscard]] std::span<const std::string_view> sampled_fields();

/// Counters of the kernel that only ever rise, so that two samples tell what happened between them:
/// cgroup_oom_kill (memory.events oom_kill), cgroup_pids_max (pids.events max), host_oom_kill
/// (/proc/vmstat oom_kill).
[[nodiscard]] std::span<const std::string_view> sampled_counters();

/// What redis.* of a look has of the fields, and host.* and instance.* of the counters. A counter
/// is left out unless every level of the cgroups could be read.
[[nodiscard]] Sample sample_of(const FactSet& facts, WallTime at);

/// "2026-11-25T03:00:00Z used_memory=1048576 used_memory_rss=2097152", without an end of line.
[[nodiscard]] std::string to_line(const Sample& sample);

/// One sample a line, in the order of time. Errors: invalid, with the number of the line.
[[nodiscard]] Result<std::vector<Sample>> parse_samples(std::string_view text);

/// At most so many: of the older half every second one goes, so that what is long ago stays, in
/// less detail. The newest is always kept.
[[nodiscard]] std::vector<Sample> thin_out(std::vector<Sample> samples, std::size_t most);

}  // namespace forkmend::redis
