// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/popular_advice.hpp"

#include <algorithm>
#include <array>

namespace forkmend::diagnosis {

namespace {

struct Answer {
  std::string_view id;
  std::string_view instead;  ///< what helps; empty where a remedy says it
  std::string_view harmful;
};

constexpr std::string_view kHiding =
    "Do not hide it: stop-writes-on-bgsave-error no or save \"\" let the server write on with "
    "nothing saved, and a restart loses all of it.";
constexpr std::string_view kNotOvercommit =
    "vm.overcommit_memory=1 has nothing to do with it, and neither has free memory or swap.";
constexpr std::string_view kKilled =
    "vm.overcommit_memory=1 does not help a child that is killed for memory, and "
    "stop-writes-on-bgsave-error no only hides it. Do not set OOMScoreAdjust=-1000: the child "
    "inherits it, and the kernel kills others.";

constexpr auto kAnswers = std::to_array<Answer>({
    {"commit-limit", "", kHiding},
    {"overcommit-heuristic", "", kHiding},
    {"memory-shortage",
     "Less data, more RAM, or fewer writes during a save; swap on another disk as a last resort.",
     "vm.overcommit_memory=1 alone turns a fork that is refused into one that ends in an OOM "
     "kill, with vm.panic_on_oom into a panic; maxmemory raised to the limit makes it certain."},
    {"nproc-limit", "",
     "A ulimit in limits.conf reaches neither a running server nor a systemd unit. "
     "vm.overcommit_memory=1 has nothing to do with EAGAIN."},
    {"pids-limit", "", kNotOvercommit},
    {"system-task-limit",
     "Find what makes so many tasks: ps -eLf | awk '{print $1}' | sort | uniq -c", kNotOvercommit},
    {"cgroup-memory-refusal",
     "Raise the memory limit of the unit or container, or lower maxmemory.",
     "vm.overcommit_memory=1 does not reach a memory cgroup; inside a container it cannot be set."},
    {"kmem-limit", "Unset memory.kmem.limit_in_bytes of the cgroup: write -1 to it.",
     "vm.overcommit_memory=1 and more memory for the cgroup do not raise this limit."},
    {"pid-namespace-dead",
     "Start the container anew, after redis-cli --rdb FILE has copied the data.", kNotOvercommit},
    {"child-slot-taken", "Wait for the other child, or see who asks for it.",
     "No resource was short: do not change a limit, and do not kill the other child with signal "
     "9 (that sets MISCONF)."},
    {"guest-limit", "Ask whoever runs the host to raise the beancounter that was refused.",
     "vm.overcommit_memory and swap cannot be changed inside such a guest, and do not count."},
    {"cgroup-oom",
     "Raise the memory limit of the unit or container by what a save copies, or lower maxmemory.",
     kKilled},
    {"host-oom", "Leave more memory free: lower maxmemory, move a neighbour away, or add RAM.",
     kKilled},
    {"userspace-kill",
     "Find who sent it: journalctl -u systemd-oomd -u earlyoom, kubelet evictions, monit, cron.",
     "Do not end a child that hangs with signal 9: SIGUSR1 (or BGSAVE CANCEL) is the clean way. "
     "vm.overcommit_memory=1 has nothing to do with it."},
    {"seccomp", "Allow the system call in the filter of the unit or container image.",
     "privileged or seccomp=unconfined opens the whole host for one missing system call."},
    {"child-crash",
     "Read the crash report in the server log; look at modules and at memory errors.",
     "Do not restart before redis-cli --rdb FILE: the data in memory may be the only good copy."},
    {"hung-child", "Look at its stack: cat /proc/PID/stack; then kill -USR1 PID and save again.",
     "Do not kill -9 the server: every write since the last save would be lost."},
    {"unit-kill",
     "Set OOMPolicy=continue (systemd 243 on) or memory.oom.group=0, so that only the child dies.",
     "Restart=always alone loses the data at every kill."},
    {"thp", "", "Not from rc.local: tuned, cloud-init and the next boot set it back."},
    {"memory-high-throttle",
     "Raise memory.high (MemoryHigh=) above what the server and a save use.",
     "Nothing is refused here: overcommit and task limits do not matter."},
    {"swap-thrash", "Lower maxmemory or add RAM, so that the server is not swapped out.",
     "Do not take the swap away while it is in use: that may end in an OOM kill."},
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

void add_once(std::vector<std::string>& out, std::string_view sentence) {
  if (sentence.empty() || std::ranges::find(out, sentence) != out.end()) return;
  out.emplace_back(sentence);
}

}  // namespace

std::vector<std::string> popular_advice(const std::vector<Cause>& causes) {
  std::vector<std::string> out;
  for (const Cause& cause : causes) {
    if (cause.confidence == Confidence::possible && !out.empty()) break;
    const auto* answer = std::ranges::find(kAnswers, cause.id, &Answer::id);
    if (answer == kAnswers.end()) continue;
    add_once(out, answer->instead);
    add_once(out, answer->harmful);
  }
  return out;
}

}  // namespace forkmend::diagnosis
