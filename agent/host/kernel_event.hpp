// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/kmsg.hpp"

namespace forkmend::host {

/// __vm_enough_memory() refused a mapping (logged from 6.1 on, rate limited). Printed for fork,
/// mmap and brk alike: match pid and time.
struct OvercommitRefusal {
  std::int64_t pid = 0;  ///< in the initial pid namespace
  std::string comm;
  std::optional<std::int64_t> bytes;  ///< of the refused mapping; from 6.10 on
  bool operator==(const OvercommitRefusal&) const = default;
};

/// The pids controller refused a fork: logged once in a cgroup's life, with the cgroup that forked.
struct PidsRejection {
  std::string cgroup;
  bool operator==(const PidsRejection&) const = default;
};

/// Why and where the OOM killer acts: the line before the kill. Cgroups are paths below the root of
/// the memory controller.
struct OomContext {
  std::string constraint;  ///< CONSTRAINT_NONE, CONSTRAINT_MEMCG, ...; CONSTRAINT_MEMCG before 5.0
  std::optional<std::string> oom_memcg;  ///< whose limit was met
  std::optional<std::string> task_memcg;
  std::optional<std::int64_t> pid;  ///< of the victim; from 5.0 on
  bool operator==(const OomContext&) const = default;
};

/// The OOM killer killed a process.
struct OomKill {
  std::int64_t pid = 0;
  std::string comm;
  bool memory_cgroup = false;  ///< "Memory cgroup out of memory", as far as the line tells
  std::optional<std::int64_t> total_vm;  ///< bytes
  std::optional<std::int64_t> anon_rss;  ///< bytes
  std::optional<std::int64_t> uid;
  bool operator==(const OomKill&) const = default;
};

/// seccomp ended a process (audit record type 1326).
struct SeccompKill {
  std::int64_t pid = 0;  ///< in the initial pid namespace
  std::string comm;
  std::optional<std::int64_t> signal;
  std::optional<std::int64_t> syscall;  ///< its number on that architecture
  bool operator==(const SeccompKill&) const = default;
};

/// A process did what the processor does not allow: "comm[pid]: segfault at ...", "traps: ...".
struct ProcessorFault {
  std::int64_t pid = 0;  ///< in the initial pid namespace
  std::string comm;
  std::string what;  ///< "segfault", "general protection", "trap invalid opcode", ...
  bool operator==(const ProcessorFault&) const = default;
};

/// A block device or a file system on it could not read or write.
struct IoError {
  std::string device;  ///< as the kernel names it: "sda1", "dm-0"
  bool full = false;   ///< a thin volume behind it has no room left, whatever statvfs says
  bool operator==(const IoError&) const = default;
};

/// A file system stopped taking writes after an error, or its journal was given up.
struct RemountReadOnly {
  std::string device;
  bool operator==(const RemountReadOnly&) const = default;
};

/// SELinux or AppArmor denied an access (copied to the kernel log where no auditd runs).
struct AvcDenied {
  std::optional<std::int64_t> pid;  ///< in the initial pid namespace
  std::string comm;
  bool apparmor = false;  ///< else SELinux
  bool operator==(const AvcDenied&) const = default;
};

using KernelEvent = std::variant<OvercommitRefusal, PidsRejection, OomContext, OomKill, IoError,
                                 RemountReadOnly, AvcDenied, SeccompKill, ProcessorFault>;

/// The event of one kernel log line; nullopt for all other lines. Pure.
[[nodiscard]] std::optional<KernelEvent> parse_kernel_event(std::string_view text);

/// A kill together with the context that the kernel printed before it.
struct OomRecord {
  std::chrono::microseconds at{0};
  OomKill kill;
  std::optional<OomContext> context;
};

/// Every OOM kill of a kernel log with its context, oldest first.
[[nodiscard]] std::vector<OomRecord> collect_oom_kills(std::span<const KernelMessage> log);

}  // namespace forkmend::host
