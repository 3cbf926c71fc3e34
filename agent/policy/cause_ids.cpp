// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/cause_ids.hpp"

#include <algorithm>
#include <array>

namespace forkmend::policy {

namespace {

constexpr auto kCauses = std::to_array<CauseInfo>({
    {"aof-incr-flood", "every refused fork of an AOF rewrite leaves an empty INCR file behind",
     true},
    {"aof-rewrite-limited", "the AOF rewrite fails while AOF writes are fine", true},
    {"cgroup-memory-refusal", "the child's page tables do not fit under a memory cgroup limit"},
    {"cgroup-oom", "a memory cgroup limit makes the kernel kill the child"},
    {"child-crash", "the child crashes: module, bad RAM or a kernel bug"},
    {"child-slot-taken", "another child of the server runs already"},
    {"commit-limit", "strict overcommit (mode 2) and a CommitLimit too small for the fork"},
    {"disk-full", "no space left for the new file"},
    {"false-alarm", "nothing is wrong: a warning or a message that looks like a failure"},
    {"file-size-limit", "RLIMIT_FSIZE or a 2 GiB limit cuts the file"},
    {"fragmentation", "resident memory is far above used memory", true},
    {"full-sync-loop", "replicas start full synchronisations over and over", true},
    {"guest-limit", "an old container type or a memory balloon limits the guest"},
    {"hijacked-dir", "an attacker points the save at another directory"},
    {"host-oom", "the host is out of memory and the kernel kills the child"},
    {"hung-child", "the child runs but makes no progress"},
    {"immutable-or-sticky", "a sticky directory or an immutable file forbids the rename"},
    {"inodes-exhausted", "the file system has blocks but no inodes left"},
    {"io-error", "the device or network file system answers EIO"},
    {"kmem-limit", "the cgroup v1 limit of kernel memory is reached"},
    {"mac-denied", "SELinux or AppArmor denies the access"},
    {"map-count", "vm.max_map_count or an address space limit is reached", true},
    {"memory-growth", "memory grows without bound", true},
    {"memory-high-throttle", "memory.high slows the fork down to minutes", true},
    {"memory-shortage", "less memory than the save needs for its copies"},
    {"missing-dir", "the directory of the save is gone"},
    {"nproc-limit", "RLIMIT_NPROC of the server's user is reached"},
    {"overcommit-heuristic", "mode 0 of a kernel with the old heuristic refuses the fork"},
    {"overlapping-saves", "several servers save at the same time", true},
    {"permission-denied", "the server's user may not write there"},
    {"pid-namespace-dead", "init of the server's pid namespace is gone"},
    {"pids-limit", "pids.max (TasksMax) of a cgroup is reached"},
    {"quota-exceeded", "a disk quota is used up"},
    {"read-only-filesystem", "the kernel made the file system read-only after an error"},
    {"read-only-sandbox", "the service's sandbox mounts the directory read-only"},
    {"replica-about-to-abort", "a 7.0+ replica will abort at the next replicated write", true},
    {"seccomp", "a system call filter kills or refuses"},
    {"setting-reverted", "another owner set a kernel setting back", true},
    {"slow-disk", "the disk is too slow for the save", true},
    {"slow-fork", "the fork itself stalls the server", true},
    {"stale-temp-files", "temporary files of dead children fill the directory"},
    {"swap-thrash", "the save makes the host swap", true},
    {"system-task-limit", "kernel.threads-max or kernel.pid_max is reached"},
    {"target-busy", "the target is a directory, a mount point or in use"},
    {"thp", "huge pages multiply the memory that the save copies", true},
    {"unit-kill", "the service manager stops the whole unit after a kill", true},
    {"unsuitable-filesystem", "the file system cannot do what a save needs"},
    {"userspace-kill", "a user-space killer ends the child"},
});

}  // namespace

std::span<const CauseInfo> known_causes() {
  return kCauses;
}

const CauseInfo* find_cause(std::string_view id) {
  const auto* found = std::ranges::lower_bound(kCauses, id, {}, &CauseInfo::id);
  return found != kCauses.end() && found->id == id ? found : nullptr;
}

bool is_strain(std::string_view id) {
  const CauseInfo* cause = find_cause(id);
  return cause != nullptr && cause->strain;
}

}  // namespace forkmend::policy
