// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/fact_catalog.hpp"

#include <algorithm>
#include <array>

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
    {"host.anon_huge_pages", "bytes", "AnonHugePages of /proc/meminfo"},
    {"host.beancounters_failed", "text", "resources an OpenVZ guest was refused, with how often"},
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
    {"host.max_map_count", "count", "vm.max_map_count"},
    {"host.mem_available", "bytes", "MemAvailable"},
    {"host.mem_free", "bytes", "MemFree"},
    {"host.mem_total", "bytes", "MemTotal"},
    {"host.oom_kill_allocating_task", "count", "vm.oom_kill_allocating_task"},
    {"host.oom_kills", "count", "oom_kill of /proc/vmstat: tasks killed since boot"},
    {"host.os_id", "text", "ID of os-release"},
    {"host.os_version", "text", "VERSION_ID of os-release"},
    {"host.overcommit_kbytes", "KiB", "vm.overcommit_kbytes"},
    {"host.overcommit_memory", "count", "vm.overcommit_memory: 0 heuristic, 1 always, 2 strict"},
    {"host.overcommit_ratio", "percent", "vm.overcommit_ratio"},
    {"host.overcommit_rule", "text", "old or new: which mode-0 rule this kernel has"},
    {"host.page_size", "bytes", "page size of the running kernel"},
    {"host.panic_on_oom", "count", "vm.panic_on_oom"},
    {"host.persisted.ignored_overcommit_memory", "count",
     "vm.overcommit_memory of a file that is not read at boot"},
    {"host.persisted.overcommit_kbytes", "KiB", "vm.overcommit_kbytes after the next boot"},
    {"host.persisted.overcommit_memory", "count", "vm.overcommit_memory after the next boot"},
    {"host.persisted.overcommit_ratio", "percent", "vm.overcommit_ratio after the next boot"},
    {"host.persisted.thp_enabled", "text", "transparent_hugepage/enabled after the next boot"},
    {"host.pid_max", "count", "kernel.pid_max"},
    {"host.pressure.io_full", "percent", "share of the last minute in which all waited for I/O"},
    {"host.pressure.memory_full", "percent",
     "share of the last minute in which all waited for memory"},
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
    {"instance.aof_dir.available_bytes", "bytes", "the same of the AOF's directory: room"},
    {"instance.aof_dir.available_inodes", "count", "the same of the AOF's directory: inodes left"},
    {"instance.aof_dir.denied_by", "text",
     "the same of the AOF's directory: what keeps the server out"},
    {"instance.aof_dir.device", "text", "the same of the AOF's directory: block device"},
    {"instance.aof_dir.exists", "flag", "the same of the AOF's directory: it is a directory"},
    {"instance.aof_dir.filesystem", "text", "the same of the AOF's directory: type"},
    {"instance.aof_dir.filesystem_read_only", "flag",
     "the same of the AOF's directory: super block option ro"},
    {"instance.aof_dir.host_path", "text",
     "the same of the AOF's directory: where forkmend finds it"},
    {"instance.aof_dir.immutable", "flag", "the same of the AOF's directory: chattr +i, +a"},
    {"instance.aof_dir.incr_files", "count", "INCR files of the AOF that lie there"},
    {"instance.aof_dir.mount_read_only", "flag",
     "the same of the AOF's directory: mount option ro"},
    {"instance.aof_dir.path", "text",
     "directory of the append-only files (7.0+), as the server sees it"},
    {"instance.aof_dir.quota", "flag", "the same of the AOF's directory: quotas"},
    {"instance.aof_dir.total_bytes", "bytes", "the same of the AOF's directory: size"},
    {"instance.aof_dir.total_inodes", "count", "the same of the AOF's directory: inodes"},
    {"instance.aof_dir.writable", "flag",
     "the same of the AOF's directory: by owner, mode and capabilities"},
    {"instance.as_limit", "bytes", "soft RLIMIT_AS"},
    {"instance.cap_sys_admin", "flag", "holds CAP_SYS_ADMIN in the initial user namespace"},
    {"instance.cap_sys_resource", "flag", "holds CAP_SYS_RESOURCE in the initial user namespace"},
    {"instance.cgroup", "text", "cgroup path of the pids controller"},
    {"instance.child.pid", "count", "the server's child that saves, pid on this host"},
    {"instance.child.start_time", "count", "its start time in clock ticks since boot"},
    {"instance.child.state", "text", "its state: R running, S sleeping, D in I/O, T stopped"},
    {"instance.comm", "text", "name of the process, which its children keep"},
    {"instance.cwd", "text", "working directory, as /proc/PID/cwd says"},
    {"instance.data_limit", "bytes", "soft RLIMIT_DATA"},
    {"instance.dir.available_bytes", "bytes",
     "room for an ordinary user in the file system of the dir"},
    {"instance.dir.available_inodes", "count", "inodes that are left there"},
    {"instance.dir.configured", "text", "dir of the server's configuration file"},
    {"instance.dir.configured_name", "text", "dbfilename of the server's configuration file"},
    {"instance.dir.deleted", "flag", "the working directory has been removed"},
    {"instance.dir.denied_by", "text",
     "the component of the dir that keeps the server out, and why"},
    {"instance.dir.device", "text", "block device of the file system, as kernel messages name it"},
    {"instance.dir.exists", "flag", "the dir is a directory"},
    {"instance.dir.filesystem", "text", "type of the file system, e.g. ext4, nfs4, fuse.sshfs"},
    {"instance.dir.filesystem_read_only", "flag",
     "the file system itself takes no writes (super block option ro)"},
    {"instance.dir.host_path", "text", "where forkmend finds the dir"},
    {"instance.dir.immutable", "flag",
     "the dir or the save's file is immutable or append-only (chattr +i, +a)"},
    {"instance.dir.mount_read_only", "flag", "the server's mount of it is read-only"},
    {"instance.dir.path", "text", "directory that saves are written to, as the server sees it"},
    {"instance.dir.quota", "flag",
     "the mount has quotas, or is of a kind that may have them unseen"},
    {"instance.dir.stale_temp_bytes", "bytes", "size of temporary files of dead children"},
    {"instance.dir.stale_temp_files", "count", "temporary files of dead children in the dir"},
    {"instance.dir.stale_temp_names", "text", "some of their names"},
    {"instance.dir.sticky", "flag", "a sticky dir keeps the server from replacing the save's file"},
    {"instance.dir.target_mount", "flag", "something is mounted on the save's file"},
    {"instance.dir.target_size", "bytes", "size of the last save's file"},
    {"instance.dir.target_type", "text",
     "regular, directory, symlink, other or missing: what has the save's name"},
    {"instance.dir.total_bytes", "bytes", "size of the file system"},
    {"instance.dir.total_inodes", "count", "inodes of the file system; 0: it does not count them"},
    {"instance.dir.writable", "flag",
     "owner, mode and capabilities let the server make files in the dir"},
    {"instance.endpoint", "text", "URL without password"},
    {"instance.exe", "text", "executable"},
    {"instance.fsize_limit", "bytes", "soft RLIMIT_FSIZE: the largest file the server may write"},
    {"instance.growth.allocator", "bytes",
     "a day: growth of resident memory beyond the data (rss less used_memory)"},
    {"instance.growth.clients", "bytes", "a day: growth of the buffers of ordinary clients"},
    {"instance.growth.dataset", "bytes", "a day: growth of the data"},
    {"instance.growth.fork_rss", "bytes",
     "resident memory (INFO) when latest_fork_usec was measured, as far as samples tell"},
    {"instance.growth.replication", "bytes", "a day: growth of replica buffers and backlog"},
    {"instance.growth.rss", "bytes", "a day: growth of resident memory, as INFO has it"},
    {"instance.growth.rss_steady", "percent", "pairs of samples in which the later rss is larger"},
    {"instance.growth.samples", "count", "samples of this life of the server that the agent took"},
    {"instance.growth.span", "seconds", "time between the first and the last of them"},
    {"instance.growth.used_memory", "bytes", "a day: growth of used_memory"},
    {"instance.growth.used_memory_steady", "percent",
     "pairs of samples in which the later used_memory is larger"},
    {"instance.initial_user_namespace", "flag", "the server runs in the initial user namespace"},
    {"instance.local", "flag", "proven to be a process of this host"},
    {"instance.locality", "text", "how that was proven, or why not"},
    {"instance.log_file", "text", "server log: its path on the host, or who keeps it"},
    {"instance.mac_confined", "flag", "SELinux or AppArmor enforces a policy on the server"},
    {"instance.mac_label", "text", "security label of the server (attr/current)"},
    {"instance.map_count", "count", "its memory mappings (lines of maps)"},
    {"instance.memory.*.current", "bytes", "memory.current at that level"},
    {"instance.memory.*.events_high", "count", "memory.events high: times it was throttled"},
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
    {"instance.oom_policy", "text", "OOMPolicy of the systemd service that owns the process"},
    {"instance.oom_score_adj", "count", "oom_score_adj, -1000 to 1000"},
    {"instance.other_save_children", "count", "children of other servers of this host that save"},
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
    {"instance.seccomp", "count", "seccomp mode: 0 none, 1 strict, 2 filter"},
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

/// Takes the part before the next dot, and the dot, off the text.
std::string_view take_part(std::string_view& text) {
  const std::size_t dot = text.find('.');
  const std::string_view part = text.substr(0, dot);
  text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  return part;
}

/// Part by part; "*" is any one.
bool matches(std::string_view pattern, std::string_view name) {
  while (!pattern.empty() && !name.empty()) {
    const std::string_view want = take_part(pattern);
    const std::string_view have = take_part(name);
    if (want != "*" && want != have) return false;
  }
  return pattern.empty() && name.empty();
}

}  // namespace

std::span<const FactInfo> fact_catalog() {
  return kCatalog;
}

const FactInfo* find_fact_info(std::string_view name) {
  const auto* exact = std::ranges::lower_bound(kCatalog, name, {}, &FactInfo::name);
  if (exact != kCatalog.end() && exact->name == name) return exact;
  const auto* found = std::ranges::find_if(kCatalog, [name](const FactInfo& info) {
    return info.name.find('*') != std::string_view::npos && matches(info.name, name);
  });
  return found != kCatalog.end() ? found : nullptr;
}

}  // namespace forkmend
