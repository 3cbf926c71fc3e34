// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/cgroup_levels.hpp"

#include <array>
#include <string_view>

#include "host/counters.hpp"
#include "host/saturate.hpp"

namespace forkmend::host {

namespace {

/// One counter of a file of counters.
Result<std::int64_t> counter(const Result<Counters>& counters, const std::string& file,
                             std::string_view name) {
  if (!counters) return counters.error();
  if (const auto value = find(*counters, name)) return *value;
  return Error{Errc::not_found, file + ": no " + std::string(name)};
}

template <std::size_t N>
Result<std::int64_t> sum_of(const Result<Counters>& counters, const std::string& file,
                            const std::array<std::string_view, N>& names) {
  std::int64_t sum = 0;
  for (const std::string_view name : names) {
    auto value = counter(counters, file, name);
    if (!value) return value.error();
    sum = saturating_add(sum, *value);
  }
  return sum;
}

Error only_in_v2(std::string_view what) {
  return Error{Errc::unsupported, "cgroup version 1 has no " + std::string(what)};
}

Error only_in_v1(std::string_view what) {
  return Error{Errc::unsupported, "cgroup version 2 has no " + std::string(what)};
}

Result<bool> as_flag(const Result<std::int64_t>& number) {
  if (!number) return number.error();
  return *number != 0;
}

MemoryLevel read_memory_v1(const Root& root, const std::string& path) {
  constexpr std::array<std::string_view, 2> kFilePages = {"total_inactive_file",
                                                          "total_active_file"};
  const std::string control = path + "/memory.oom_control";
  const std::string stat = path + "/memory.stat";
  const auto oom = read_counters(root, control);
  return MemoryLevel{.path = path,
                     .current = read_number(root, path + "/memory.usage_in_bytes"),
                     .max = read_number(root, path + "/memory.limit_in_bytes"),
                     .high = only_in_v2("memory.high"),
                     .events_high = only_in_v2("memory.high"),
                     .oom = only_in_v2("count of limit hits without a kill"),
                     .oom_kill = counter(oom, control, "oom_kill"),
                     .reclaimable = sum_of(read_counters(root, stat), stat, kFilePages),
                     .swap_max = only_in_v2("memory.swap.max"),
                     .swap_current = only_in_v2("memory.swap.current"),
                     .oom_group = only_in_v2("memory.oom.group"),
                     .oom_kill_disabled = as_flag(counter(oom, control, "oom_kill_disable")),
                     .failcnt = read_number(root, path + "/memory.failcnt"),
                     .kmem_limit = read_number(root, path + "/memory.kmem.limit_in_bytes"),
                     .kmem_current = read_number(root, path + "/memory.kmem.usage_in_bytes"),
                     .kmem_failcnt = read_number(root, path + "/memory.kmem.failcnt")};
}

MemoryLevel read_memory_v2(const Root& root, const std::string& path) {
  constexpr std::array<std::string_view, 3> kReclaimable = {"inactive_file", "active_file",
                                                            "slab_reclaimable"};
  const std::string events = path + "/memory.events";
  const std::string stat = path + "/memory.stat";
  const auto counted = read_counters(root, events);
  return MemoryLevel{.path = path,
                     .current = read_number(root, path + "/memory.current"),
                     .max = read_number(root, path + "/memory.max"),
                     .high = read_number(root, path + "/memory.high"),
                     .events_high = counter(counted, events, "high"),
                     .oom = counter(counted, events, "oom"),
                     .oom_kill = counter(counted, events, "oom_kill"),
                     .reclaimable = sum_of(read_counters(root, stat), stat, kReclaimable),
                     .swap_max = read_number(root, path + "/memory.swap.max"),
                     .swap_current = read_number(root, path + "/memory.swap.current"),
                     .oom_group = as_flag(read_number(root, path + "/memory.oom.group")),
                     .oom_kill_disabled = only_in_v1("oom_kill_disable"),
                     .failcnt = only_in_v1("memory.failcnt"),
                     .kmem_limit = only_in_v1("memory.kmem.limit_in_bytes"),
                     .kmem_current = only_in_v1("memory.kmem.usage_in_bytes"),
                     .kmem_failcnt = only_in_v1("memory.kmem.failcnt")};
}

/// Version 1 with memory.use_hierarchy 0: the parent neither counts nor limits its children.
bool accounts_for_children(const Root& root, const std::string& path) {
  const auto value = read_number(root, path + "/memory.use_hierarchy");
  return !value || *value != 0;
}

}  // namespace

std::vector<PidsLevel> read_pids_levels(const Root& root, const CgroupPlace& place) {
  std::vector<PidsLevel> levels;
  for (const std::string& path : place.levels) {
    const std::string events = path + "/pids.events";
    levels.push_back({.path = path,
                      .current = read_number(root, path + "/pids.current"),
                      .max = read_number(root, path + "/pids.max"),
                      .events_max = counter(read_counters(root, events), events, "max")});
  }
  return levels;
}

std::vector<MemoryLevel> read_memory_levels(const Root& root, const CgroupPlace& place) {
  const bool v1 = place.version == CgroupVersion::v1;
  std::vector<MemoryLevel> levels;
  for (const std::string& path : place.levels) {
    if (v1 && !levels.empty() && !accounts_for_children(root, path)) break;
    levels.push_back(v1 ? read_memory_v1(root, path) : read_memory_v2(root, path));
  }
  return levels;
}

}  // namespace forkmend::host
