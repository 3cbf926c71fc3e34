// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fact.hpp"
#include "base/units.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::forecast {

inline constexpr std::int64_t kPage = 4096;
inline constexpr std::int64_t kMiB = std::int64_t{1} << 20;
inline constexpr std::int64_t kGiB = std::int64_t{1} << 30;

inline void put(FactSet& facts, std::string_view name, FactValue value) {
  facts.set(name, std::move(value), "", "test");
}

/// A host of 16 GiB without swap and a server that nothing refuses: mode 0 with the new rule.
inline FactSet healthy_facts() {
  FactSet facts;
  const auto number = [&](std::string_view name, std::int64_t value) { put(facts, name, value); };
  put(facts, "host.kernel_release", std::string("6.1.0-18-amd64"));
  put(facts, "host.overcommit_rule", std::string("new"));
  number("host.page_size", kPage);
  number("host.overcommit_memory", 0);
  number("host.overcommit_ratio", 50);
  number("host.overcommit_kbytes", 0);
  number("host.mem_total", 16 * kGiB);
  number("host.hugetlb", 0);
  number("host.swap_total", 0);
  number("host.commit_limit", 8 * kGiB);
  number("host.committed_as", 3 * kGiB);
  number("host.admin_reserve_kbytes", 8192);
  number("host.user_reserve_kbytes", 131072);
  number("host.cpus_present", 4);
  number("host.cpus_online", 4);
  number("host.threads", 400);
  number("host.threads_max", 127000);
  number("host.pid_max", 4194304);
  number("instance.accountable", 2 * kGiB);
  number("instance.accountable_max", 2 * kGiB);
  number("instance.vm_size", 3 * kGiB);
  number("instance.uid", 999);
  number("instance.uid_tasks", 5);
  number("instance.nproc_soft", 63000);
  number("instance.pids.levels", 1);
  number("instance.pids.0.current", 5);
  number("instance.pids.0.max", 4915);
  number("instance.memory.levels", 0);
  number("instance.vm_pte", 6 * kMiB);
  put(facts, "instance.sched_policy", std::string("other"));
  put(facts, "instance.pid_namespace_init", true);
  put(facts, "instance.cap_sys_admin", false);
  put(facts, "instance.cap_sys_resource", false);
  put(facts, "instance.nproc_exempt", false);
  return facts;
}

/// The same in one memory cgroup (level 0) with 1 GiB of which 900 MiB are used.
inline FactSet limited_facts() {
  return healthy_facts().with({{"instance.memory.levels", std::int64_t{1}},
                               {"instance.memory.0.max", kGiB},
                               {"instance.memory.0.current", 900 * kMiB},
                               {"instance.memory.0.reclaimable", std::int64_t{0}},
                               {"instance.memory.0.path", std::string("/sys/fs/cgroup/redis")},
                               {"instance.oom_score_adj", std::int64_t{0}},
                               {"host.swap_free", std::int64_t{0}}});
}

inline FactSet without(FactSet facts, std::string_view name) {
  facts.set_missing(name, FactState::unreadable, "test", "hidden");
  return facts;
}

inline RuleForecast rule_of(const FactSet& facts, std::string_view id) {
  const Forecast forecast = forecast_fork(facts);
  const RuleForecast* rule = forecast.find(id);
  if (rule != nullptr) return *rule;
  RuleForecast none;
  none.id = "not asked";
  return none;
}

}  // namespace forkmend::forecast
