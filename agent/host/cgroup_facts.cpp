// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/cgroup_facts.hpp"

#include <string>

#include "host/cgroup.hpp"
#include "host/cgroup_levels.hpp"
#include "host/mountinfo.hpp"
#include "host/process.hpp"
#include "host/unit_file.hpp"

namespace forkmend::host {

namespace {

std::string name_of(std::string_view controller, std::size_t level, std::string_view what) {
  return "instance." + std::string(controller) + "." + std::to_string(level) + "." +
         std::string(what);
}

void put_pids(FactWriter& writer, const Root& root, const Result<CgroupPlace>& place) {
  if (!place) {
    writer.miss("instance.pids.levels", place.error(), "/proc/PID/cgroup");
    return;
  }
  const auto levels = read_pids_levels(root, *place);
  writer.put("instance.pids.levels", static_cast<std::int64_t>(levels.size()), place->path);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const PidsLevel& level = levels[i];
    writer.put(name_of("pids", i, "path"), level.path, place->path);
    writer.put_result(name_of("pids", i, "current"), level.current, level.path + "/pids.current");
    writer.put_result(name_of("pids", i, "max"), level.max, level.path + "/pids.max");
    writer.put_result(name_of("pids", i, "events_max"), level.events_max,
                      level.path + "/pids.events");
  }
}

/// What only one version of the memory controller has.
void put_memory_extras(FactWriter& writer, std::size_t number, const MemoryLevel& level) {
  const auto put = [&](std::string_view what, const auto& value, std::string_view file) {
    writer.put_result(name_of("memory", number, what), value, level.path + "/" + std::string(file));
  };
  put("events_high", level.events_high, "memory.events");
  put("swap_max", level.swap_max, "memory.swap.max");
  put("swap_current", level.swap_current, "memory.swap.current");
  put("oom_group", level.oom_group, "memory.oom.group");
  put("oom_kill_disabled", level.oom_kill_disabled, "memory.oom_control");
  put("failcnt", level.failcnt, "memory.failcnt");
  put("kmem_limit", level.kmem_limit, "memory.kmem.limit_in_bytes");
  put("kmem_current", level.kmem_current, "memory.kmem.usage_in_bytes");
  put("kmem_failcnt", level.kmem_failcnt, "memory.kmem.failcnt");
}

void put_memory(FactWriter& writer, const Root& root, const Result<CgroupPlace>& place) {
  if (!place) {
    writer.miss("instance.memory.levels", place.error(), "/proc/PID/cgroup");
    return;
  }
  const auto levels = read_memory_levels(root, *place);
  writer.put("instance.memory.levels", static_cast<std::int64_t>(levels.size()), place->path);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const MemoryLevel& level = levels[i];
    writer.put(name_of("memory", i, "path"), level.path, place->path);
    writer.put_result(name_of("memory", i, "current"), level.current, level.path);
    writer.put_result(name_of("memory", i, "max"), level.max, level.path);
    writer.put_result(name_of("memory", i, "high"), level.high, level.path);
    writer.put_result(name_of("memory", i, "oom"), level.oom, level.path);
    writer.put_result(name_of("memory", i, "oom_kill"), level.oom_kill, level.path);
    writer.put_result(name_of("memory", i, "reclaimable"), level.reclaimable, level.path);
    put_memory_extras(writer, i, level);
  }
}

/// Scopes have processes of somebody else, whom systemd lets go on.
void put_oom_policy(FactWriter& writer, const Root& root, const std::optional<std::string>& unit) {
  constexpr std::string_view kFact = "instance.oom_policy";
  if (!unit || !unit->ends_with(".service")) {
    writer.miss(kFact, FactState::not_applicable, "unit files", "no systemd service owns it");
    return;
  }
  const auto policy = oom_policy(root, *unit);
  if (!policy) {
    writer.miss(kFact, FactState::unknown, "unit files", policy.error().message);
    return;
  }
  const std::string line = policy->line == 0 ? "" : ":" + std::to_string(policy->line);
  writer.put(kFact, policy->value, policy->file + line);
}

}  // namespace

void put_cgroup_facts(FactWriter& writer, const Root& root, std::int64_t pid) {
  const std::string source = proc_path(pid, "cgroup");
  const auto memberships = read_cgroup(root, pid);
  const auto mounts = read_mountinfo(root, "self");
  const auto find_place = [&](std::string_view controller) -> Result<CgroupPlace> {
    if (!memberships) return memberships.error();
    if (!mounts) return mounts.error();
    return place_of(root, *memberships, *mounts, controller);
  };
  const auto pids = find_place("pids");
  if (pids) {
    writer.put("instance.cgroup", pids->path, source);
  } else {
    writer.miss("instance.cgroup", pids.error(), source);
  }
  if (memberships) {
    const auto unit = systemd_unit(*memberships);
    writer.put_optional("instance.unit", unit, source, FactState::not_applicable,
                        "no systemd unit owns it");
    put_oom_policy(writer, root, unit);
  } else {
    writer.miss("instance.unit", memberships.error(), source);
    writer.miss("instance.oom_policy", memberships.error(), source);
  }
  put_pids(writer, root, pids);
  put_memory(writer, root, find_place("memory"));
}

}  // namespace forkmend::host
