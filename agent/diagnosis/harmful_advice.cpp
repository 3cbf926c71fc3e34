// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/harmful_advice.hpp"

#include <algorithm>
#include <array>

namespace forkmend::diagnosis {

namespace {

struct Answer {
  std::string_view id;
  std::string_view person;  ///< empty: forkmend has a remedy
  std::string_view harmful;
};

constexpr auto kAnswers = std::to_array<Answer>({
    {"commit-limit", "",
     "Do not leave the strict mode for it (vm.overcommit_memory=1): somebody chose it, and a "
     "larger "
     "limit is enough."},
    {"overcommit-heuristic", "",
     "Do not drop the page cache by cron: it counts as free here. Inside a container "
     "vm.overcommit_memory cannot be set; it belongs to the host."},
    {"memory-shortage",
     "give the host memory for what a save copies (rdb_last_cow_size), or the server less data.",
     "vm.overcommit_memory=1 makes no memory: the child would be killed instead. maxmemory with "
     "allkeys-lru deletes data; swap on the disk of the saves slows both."},
    {"nproc-limit", "",
     "vm.overcommit_memory=1 has nothing to do with EAGAIN. A ulimit in limits.conf reaches "
     "neither "
     "a running server nor a systemd unit."},
    {"pids-limit", "",
     "vm.overcommit_memory=1 has nothing to do with EAGAIN, and a larger RLIMIT_NPROC does not "
     "move "
     "the cgroup's limit."},
    {"system-task-limit",
     "find who holds the tasks (ps -eLf | awk '{print $1}' | sort | uniq -c | sort -n | tail), "
     "then raise kernel.pid_max or kernel.threads-max.",
     "vm.overcommit_memory=1 has nothing to do with EAGAIN."},
    {"cgroup-oom",
     "raise MemoryMax= of the unit (the container's limit) above the server's memory plus what a "
     "save copies, or lower maxmemory.",
     "vm.overcommit_memory=1 does not help: the fork was admitted and the limit of the cgroup "
     "killed the child. Do not raise maxmemory to the limit, and do not set OOMScoreAdjust=-1000: "
     "the child inherits it."},
    {"host-oom",
     "see who uses the memory (the table that the kernel logged before its kill), and leave room "
     "for what a save copies (rdb_last_cow_size).",
     "vm.overcommit_memory=1 does not help: the fork was admitted. OOMScoreAdjust=-1000 is "
     "inherited "
     "by the child, and the kernel then kills others or panics."},
    {"userspace-kill",
     "journalctl -u systemd-oomd -u earlyoom --since -1h; look for monit, nomad, kubelet and cron "
     "jobs that kill by memory or by name.",
     "vm.overcommit_memory=1 and more memory do not stop somebody's program: find it and let it "
     "spare the server's children."},
    {"seccomp",
     "let the filter pass the one system call (the number after syscall= in the audit line), or "
     "update the container's runtime.",
     "Do not run the container privileged or with seccomp=unconfined: that opens the host. "
     "vm.overcommit_memory=1 has nothing to do with it."},
    {"child-crash",
     "keep the crash report of the server log, unload modules one by one, test the memory, and "
     "report the bug.",
     "Do not restart the server for it: the save at its end may crash as well, and every write "
     "since the last save is lost. Do not silence ARM64-COW-BUG."},
    {"hung-child",
     "look where the child waits (cat /proc/CHILD/stack /proc/CHILD/wchan), then end it cleanly: "
     "BGSAVE CANCEL (Valkey from 8.1 on), else kill -USR1 CHILD.",
     "Do not kill -9 the child (the server then counts a failed save and refuses writes; a replica "
     "from 7.0 on aborts), and do not restart the server: it waits for the child or loses data."},
    {"cgroup-memory-refusal",
     "Raise the memory limit of the unit or container, or lower maxmemory.",
     "vm.overcommit_memory=1 does not reach a memory cgroup; inside a container it cannot be set."},
    {"kmem-limit", "Unset memory.kmem.limit_in_bytes of the cgroup: write -1 to it.",
     "vm.overcommit_memory=1 and more memory for the cgroup do not raise this limit."},
    {"pid-namespace-dead",
     "Start the container anew, after redis-cli --rdb FILE has copied the data.",
     "vm.overcommit_memory=1 has nothing to do with it, and neither has free memory or swap."},
    {"child-slot-taken", "Wait for the other child, or see who asks for it.",
     "No resource was short: do not change a limit, and do not kill the other child with signal "
     "9 (that sets MISCONF)."},
    {"guest-limit", "Ask whoever runs the host to raise the beancounter that was refused.",
     "vm.overcommit_memory and swap cannot be changed inside such a guest, and do not count."},
    {"unit-kill",
     "Set OOMPolicy=continue (systemd 243 on) or memory.oom.group=0, so that only the child dies.",
     "Restart=always alone loses the data at every kill."},
    {"thp", "", "Not from rc.local: tuned, cloud-init and the next boot set it back."},
    {"memory-high-throttle",
     "Raise memory.high (MemoryHigh=) above what the server and a save use.",
     "Nothing is refused here: overcommit and task limits do not matter."},
    {"swap-thrash", "Lower maxmemory or add RAM, so that the server is not swapped out.",
     "Do not take the swap away while it is in use: that may end in an OOM kill."},
    {"memory-growth",
     "Give keys a time to live or set maxmemory with a policy; redis-cli --bigkeys and MEMORY "
     "DOCTOR "
     "tell what grows.",
     "maxmemory raised to the whole memory guarantees an OOM kill at the next save."},
    {"slow-disk", "",
     "no-appendfsync-on-rewrite yes and appendfsync no do not make the disk faster; they lose "
     "writes."},
    {"full-sync-loop",
     "Enlarge repl-backlog-size, and client-output-buffer-limit for replicas with care.",
     "client-output-buffer-limit replica 0 0 0 lets the master run out of memory instead."},
    {"overlapping-saves", "",
     "Saving more often makes no save smaller: each one writes everything."},
    {"aof-incr-flood", "",
     "Do not delete *.incr.aof files: they hold the writes since the last rewrite."},
    {"replica-about-to-abort", "",
     "Do not restart it: until a save works it would end the same way again."},
});

std::vector<std::string> answers_to(const std::vector<Cause>& causes) {
  std::vector<std::string> out;
  for (const Cause& cause : causes) {
    if (cause.confidence == Confidence::possible) break;
    const auto* answer = std::ranges::find(kAnswers, cause.id, &Answer::id);
    if (answer == kAnswers.end()) continue;
    if (!answer->person.empty()) out.push_back("For a person: " + std::string(answer->person));
    out.emplace_back(answer->harmful);
  }
  return out;
}

}  // namespace

std::vector<std::string> harmful_advice(const std::vector<Cause>& causes) {
  std::vector<std::string> out = answers_to(causes);
  if (out.empty()) return out;
  out.emplace_back(
      "stop-writes-on-bgsave-error no and save \"\" only hide it: all that was written since the "
      "last good save is lost at the next restart.");
  return out;
}

std::vector<std::string> strain_advice(const std::vector<Cause>& strains) {
  return answers_to(strains);
}

}  // namespace forkmend::diagnosis
