// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/fact_catalog.hpp"

#include <array>

#include "base/text.hpp"

namespace forkmend {

namespace {

constexpr auto kCatalog = std::to_array<FactInfo>({
    {"failure.errno", "count", "errno of the newest failure, as the server logged it"},
    {"failure.kind", "text", "rdb-save, aof-rewrite, replica-sync or aof-write"},
    {"failure.stage", "text", "fork, child-exit, child-signal, write, hung or unknown"},
    {"forecast.margin", "", "margin of the binding rule, negative when it refuses"},
    {"forecast.rule", "text", "the rule that binds, e.g. OC2"},
    {"forecast.shortfall", "bytes", "what the binding memory rule is short of"},
    {"forecast.verdict", "text", "admitted, refused, kill, too-close or unknown"},
    {"host.admin_reserve_kbytes", "KiB", "vm.admin_reserve_kbytes"},
    {"host.commit_limit", "bytes", "CommitLimit of /proc/meminfo"},
    {"host.committed_as", "bytes", "Committed_AS of /proc/meminfo"},
    {"host.container", "text", "none, or which container manager we run in"},
    {"host.cpus_online", "count", "CPUs online"},
    {"host.cpus_present", "count", "CPUs present"},
    {"host.free_for_heuristic", "bytes", "F of the old mode-0 rule, before the reserves"},
    {"host.hugetlb", "bytes", "memory in huge page pools (Hugetlb of /proc/meminfo)"},
    {"host.initial_user_namespace", "flag", "forkmend runs in the initial user namespace"},
    {"host.kernel_log", "flag", "the kernel log could be read"},
    {"host.kernel_release", "text", "uname -r"},
    {"host.mem_available", "bytes", "MemAvailable"},
    {"host.mem_free", "bytes", "MemFree"},
    {"host.mem_total", "bytes", "MemTotal"},
    {"host.oom_kills", "count", "oom_kill of /proc/vmstat: tasks killed since boot"},
    {"host.oom_kill_allocating_task", "count", "vm.oom_kill_allocating_task"},
    {"host.os_id", "text", "ID of os-release"},
    {"host.os_version", "text", "VERSION_ID of os-release"},
    {"host.overcommit_kbytes", "KiB", "vm.overcommit_kbytes"},
    {"host.overcommit_memory", "count", "vm.overcommit_memory: 0 heuristic, 1 always, 2 strict"},
    {"host.overcommit_ratio", "percent", "vm.overcommit_ratio"},
    {"host.overcommit_rule", "text", "old or new: which mode-0 rule this kernel has"},
    {"host.page_size", "bytes", "page size of the running kernel"},
    {"host.panic_on_oom", "count", "vm.panic_on_oom"},
    {"host.pid_max", "count", "kernel.pid_max"},
    {"host.swap_free", "bytes", "SwapFree"},
    {"host.swap_total", "bytes", "SwapTotal"},
    {"host.systemd", "flag", "systemd is the running service manager"},
    {"host.thp_defrag", "text", "transparent_hugepage/defrag"},
    {"host.thp_enabled", "text", "transparent_hugepage/enabled: always, madvise or never"},
    {"host.thp_sizes_on", "text",
     "per-size knobs that can give huge pages, e.g. \"2048kB=inherit\""},
    {"host.threads", "count", "tasks of the whole host (/proc/loadavg)"},
    {"host.threads_max", "count", "kernel.threads-max"},
    {"host.total_reserve", "bytes", "totalreserve_pages, recomputed from /proc/zoneinfo"},
    {"host.user_reserve_kbytes", "KiB", "vm.user_reserve_kbytes"},
    {"instance.accountable", "bytes", "sum of mappings that the kernel charges at fork"},
    {"instance.accountable_bound", "bytes", "upper bound of it without a page walk"},
    {"instance.accountable_max", "bytes", "largest single mapping that is charged at fork"},
    {"instance.anon_huge", "bytes", "memory in huge pages (AnonHugePages), where smaps was read"},
    {"instance.cap_sys_admin", "flag", "holds CAP_SYS_ADMIN in the initial user namespace"},
    {"instance.cap_sys_resource", "flag", "holds CAP_SYS_RESOURCE in the initial user namespace"},
    {"instance.cgroup", "text", "cgroup path of the pids controller"},
    {"instance.cwd", "text", "working directory, as /proc/PID/cwd says"},
    {"instance.endpoint", "text", "URL without password"},
    {"instance.exe", "text", "executable"},
    {"instance.initial_user_namespace", "flag", "the server runs in the initial user namespace"},
    {"instance.local", "flag", "proven to be a process of this host"},
    {"instance.locality", "text", "how that was proven, or why not"},
    {"instance.log_file", "text", "server log as seen from the host"},
    {"instance.memory.*.current", "bytes", "memory.current at that level"},
    {"instance.memory.*.failcnt", "count", "times the limit was hit (cgroup version 1)"},
    {"instance.memory.*.high", "bytes", "memory.high at that level"},
    {"instance.memory.*.kmem_current", "bytes", "kernel memory in use (cgroup version 1)"},
    {"instance.memory.*.kmem_failcnt", "count",
     "times the kernel memory limit was hit (version 1)"},
    {"instance.memory.*.kmem_limit", "bytes", "memory.kmem.limit_in_bytes (version 1)"},
    {"instance.memory.*.max", "bytes", "memory.max at that level"},
    {"instance.memory.*.oom", "count", "memory.events oom at that level"},
    {"instance.memory.*.oom_group", "flag", "memory.oom.group: a kill takes the whole cgroup"},
    {"instance.memory.*.oom_kill", "count", "memory.events oom_kill at that level"},
    {"instance.memory.*.oom_kill_disabled", "flag", "oom_kill_disable (version 1)"},
    {"instance.memory.*.path", "text", "directory of that memory cgroup level"},
    {"instance.memory.*.reclaimable", "bytes", "file cache and slab that reclaim can free"},
    {"instance.memory.*.swap_current", "bytes", "memory.swap.current at that level"},
    {"instance.memory.*.swap_max", "bytes", "memory.swap.max at that level"},
    {"instance.memory.levels", "count", "levels below the root of the memory controller"},
    {"instance.nproc_exempt", "flag", "RLIMIT_NPROC does not bind this process"},
    {"instance.nproc_hard", "count", "hard RLIMIT_NPROC"},
    {"instance.nproc_soft", "count", "soft RLIMIT_NPROC"},
    {"instance.oom_score_adj", "count", "oom_score_adj, -1000 to 1000"},
    {"instance.pid", "count", "pid on this host"},
    {"instance.pid_namespace_init", "flag", "the pid namespace of its children has a live init"},
    {"instance.pids.*.current", "count", "pids.current at that level"},
    {"instance.pids.*.events_max", "count", "pids.events max at that level"},
    {"instance.pids.*.max", "count", "pids.max at that level"},
    {"instance.pids.*.path", "text", "directory of that pids cgroup level; 0 is the server's own"},
    {"instance.pids.levels", "count", "levels below the root of the pids controller"},
    {"instance.rss", "bytes", "VmRSS"},
    {"instance.rss_anon", "bytes", "RssAnon"},
    {"instance.sched_policy", "text", "other, fifo, rr, batch, idle, deadline or ext"},
    {"instance.sched_reset_on_fork", "flag", "children get the ordinary policy"},
    {"instance.start_time", "count", "start time in clock ticks since boot"},
    {"instance.thp_disabled", "flag", "THP switched off by the process itself"},
    {"instance.threads", "count", "threads of the server"},
    {"instance.uid", "count", "real uid"},
    {"instance.uid_tasks", "count", "tasks of that uid that count against RLIMIT_NPROC"},
    {"instance.unit", "text", "systemd unit that owns the process"},
    {"instance.vm_data", "bytes", "VmData"},
    {"instance.vm_pte", "bytes", "VmPTE"},
    {"instance.vm_size", "bytes", "VmSize"},
    {"instance.vm_stack", "bytes", "VmStk"},
    {"instance.vm_swap", "bytes", "VmSwap"},
    {"redis.*", "", "a field of INFO"},
    {"redis.config.*", "text", "a parameter of CONFIG GET"},
});

bool matches(std::string_view pattern, std::string_view name) {
  const auto want = split(pattern, '.');
  const auto have = split(name, '.');
  if (want.size() != have.size()) return false;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (want[i] != "*" && want[i] != have[i]) return false;
  }
  return true;
}

}  // namespace

std::span<const FactInfo> fact_catalog() {
  return kCatalog;
}

const FactInfo* find_fact_info(std::string_view name) {
  for (const FactInfo& info : kCatalog) {
    if (matches(info.name, name)) return &info;
  }
  return nullptr;
}

}  // namespace forkmend
