// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A child that a signal ended. Signal 9 is the kernel's OOM killer, or somebody's kill: the kernel
// logs each of its own kills and counts it, so that where neither is to be found it was not the
// kernel (mm/oom_kill.c: oom_kill_process(), count_vm_event(OOM_KILL)).
#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "diagnosis/counter_rise.hpp"
#include "diagnosis/failure_case.hpp"
#include "diagnosis/space_limits.hpp"
#include "forecast/cgroup_levels.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::string_view kCgroupOom = "cgroup-oom";
constexpr std::string_view kHostOom = "host-oom";
constexpr std::string_view kUserspace = "userspace-kill";
constexpr std::string_view kSeccomp = "seccomp";
constexpr std::string_view kCrash = "child-crash";

std::string signal_word(const FailureCase& failure_case) {
  const auto signal = failure_case.failure.signal;
  return signal ? "signal " + std::to_string(*signal) : std::string("a signal that was not told");
}

bool signal_is(const FailureCase& failure_case, std::initializer_list<int> signals) {
  const auto signal = failure_case.failure.signal;
  return signal && std::ranges::find(signals, *signal) != signals.end();
}

Cause make(const FailureCase& failure_case, std::string_view id, Confidence confidence) {
  return make_cause(failure_case, id, confidence, nullptr);
}

std::string who_limits(const host::OomRecord& record) {
  if (!record.context) return "";
  const auto& context = *record.context;
  return context.oom_memcg ? " Its limit is that of " + printable(*context.oom_memcg) + "."
                           : " (" + printable(context.constraint) + ")";
}

bool of_memory_cgroup(const host::OomRecord& record) {
  if (record.context) return record.context->constraint == "CONSTRAINT_MEMCG";
  return record.kill.memory_cgroup;
}

/// The levels of the memory controller: whether one has a limit, and what they have counted.
struct Levels {
  bool known = false;
  bool limited = false;
  std::vector<Evidence> kills;
};

Levels read_levels(const FailureCase& failure_case) {
  Levels levels;
  const FactSet& facts = failure_case.observation.facts;
  if (!facts.integer("instance.memory.levels")) return levels;
  levels.known = facts.text("host.container") == "none";
  for (const std::string& level : forecast::level_prefixes(facts, forecast::Controller::memory)) {
    const auto max = failure_case.integer(level + "max");
    if (!max) levels.known = false;
    if (max && *max != kUnlimited) levels.limited = true;
    const auto kills = failure_case.integer(level + "oom_kill");
    if (kills.value_or(0) <= 0) continue;
    const auto path = facts.text(level + "path");
    levels.kills.push_back({path ? printable(*path) : "memory cgroup",
                            "oom_kill is " + format_count(*kills) +
                                ": so many processes of it were killed since it was made.",
                            true});
  }
  return levels;
}

/// What rules out both kinds of kill by the kernel.
std::optional<std::string> no_kernel_kill(const FailureCase& failure_case) {
  if (!signal_is(failure_case, {SIGKILL}) && failure_case.failure.signal) {
    return "the child ended by " + signal_word(failure_case) + ": the OOM killer sends signal 9.";
  }
  if (failure_case.child.oom) return std::nullopt;
  if (failure_case.integer("host.oom_kills") == 0) {
    return "oom_kill of /proc/vmstat is 0: the kernel has killed no process since it booted.";
  }
  const auto rise = rise_around(failure_case, "host_oom_kill");
  if (rise && rise->by == 0) {
    return "oom_kill of /proc/vmstat " + to_string(*rise) + ": the kernel killed nothing then.";
  }
  if (failure_case.child.covered) {
    return "the kernel log reaches back before the failure and names no such kill.";
  }
  return std::nullopt;
}

Assessment assess_cgroup_oom(const FailureCase& failure_case) {
  const std::string id(kCgroupOom);
  if (auto because = no_kernel_kill(failure_case)) return RuledOut{id, std::move(*because)};
  const Levels levels = read_levels(failure_case);
  const auto& oom = failure_case.child.oom;
  if (oom && !of_memory_cgroup(*oom)) {
    return RuledOut{id, "the kernel killed it for the whole host, not for a cgroup's limit."};
  }
  if (!oom && levels.known && !levels.limited) {
    return RuledOut{id, "no memory cgroup of the server has a limit."};
  }
  if (!oom && !levels.limited) return Undecided{id + " could not be checked: no limit is known."};
  const auto rise = rise_around(failure_case, "cgroup_oom_kill");
  if (!oom && levels.known && rise && rise->by == 0) {
    return RuledOut{id, "memory.events oom_kill " + to_string(*rise) +
                            ": nothing of the server's cgroups was killed."};
  }
  Cause cause = make(failure_case, kCgroupOom, Confidence::possible);
  if (oom) {
    cause.confidence = Confidence::proven;
    cause.evidence.push_back(kernel_line(failure_case.child.line + who_limits(*oom)));
  } else if (!levels.kills.empty()) {
    cause.confidence = Confidence::likely;
  }
  cause.evidence.insert(cause.evidence.end(), levels.kills.begin(), levels.kills.end());
  if (rise && rise->by > 0) {
    cause.evidence.push_back({"memory.events over time", "oom_kill " + to_string(*rise), true});
  }
  return cause;
}

Assessment assess_host_oom(const FailureCase& failure_case) {
  const std::string id(kHostOom);
  if (auto because = no_kernel_kill(failure_case)) return RuledOut{id, std::move(*because)};
  const auto& oom = failure_case.child.oom;
  if (oom && of_memory_cgroup(*oom)) {
    return RuledOut{id, "the kernel killed it for the limit of a memory cgroup."};
  }
  const auto kills = failure_case.integer("host.oom_kills");
  if (!oom && !kills) {
    return Undecided{id +
                     " could not be checked: neither the kernel log nor its counter is there."};
  }
  Cause cause = make(failure_case, kHostOom, Confidence::possible);
  if (oom) {
    cause.confidence = Confidence::proven;
    cause.evidence.push_back(kernel_line(failure_case.child.line + who_limits(*oom)));
  } else {
    const auto rise = rise_around(failure_case, "host_oom_kill");
    cause.evidence.push_back({"/proc/vmstat oom_kill",
                              rise
                                  ? "it " + to_string(*rise)
                                  : format_count(*kills) + " processes were killed since the boot.",
                              true});
  }
  return cause;
}

Assessment assess_userspace_kill(const FailureCase& failure_case) {
  const std::string id(kUserspace);
  if (failure_case.failure.signal && !signal_is(failure_case, {SIGKILL, SIGTERM, SIGINT, SIGHUP})) {
    return RuledOut{id, signal_word(failure_case) + " is not one that is sent to end a process."};
  }
  if (failure_case.child.oom) {
    return RuledOut{id, "the kernel log names the kill: it was the kernel."};
  }
  const bool none_since_boot = failure_case.integer("host.oom_kills") == 0;
  const bool kernel_never = failure_case.failure.signal && !signal_is(failure_case, {SIGKILL});
  Cause cause = make(failure_case, kUserspace, Confidence::possible);
  if (none_since_boot || failure_case.child.covered) {
    cause.confidence = none_since_boot || kernel_never ? Confidence::proven : Confidence::likely;
    cause.evidence.push_back(
        {none_since_boot ? "/proc/vmstat oom_kill" : "kernel log",
         none_since_boot ? "0: the kernel has killed no process since it booted, so somebody's "
                           "program sent the signal."
                         : "it reaches back before the failure and names no kill, so somebody's "
                           "program sent the signal.",
         true});
  } else if (kernel_never) {
    cause.confidence = Confidence::likely;
    cause.evidence.push_back(
        {"signal", "the kernel never sends it to a process by itself.", false});
  }
  return cause;
}

Assessment assess_seccomp(const FailureCase& failure_case) {
  const std::string id(kSeccomp);
  if (!signal_is(failure_case, {SIGSYS}) && failure_case.failure.signal) {
    return RuledOut{id, "the child ended by " + signal_word(failure_case) +
                            ": a seccomp filter ends a process by signal 31."};
  }
  const auto mode = failure_case.integer("instance.seccomp");
  if (mode == 0) return RuledOut{id, "Seccomp of /proc/PID/status is 0: it has no filter."};
  Cause cause = make(failure_case, kSeccomp, Confidence::possible);
  if (failure_case.child.seccomp) {
    cause.confidence = Confidence::proven;
    cause.evidence.push_back(kernel_line(failure_case.child.line));
  }
  if (mode) {
    cause.evidence.push_back({"/proc/PID/status Seccomp",
                              std::to_string(*mode) + ": it runs under a seccomp filter.", true});
    if (cause.confidence == Confidence::possible) cause.confidence = Confidence::likely;
  }
  return cause;
}

Assessment assess_child_crash(const FailureCase& failure_case) {
  const std::string id(kCrash);
  if (failure_case.failure.signal &&
      !signal_is(failure_case, {SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGTRAP})) {
    return RuledOut{id, signal_word(failure_case) + " is not one that a crash ends with."};
  }
  if (out_of_memory_line(failure_case) != nullptr) {
    return RuledOut{id, "it ended itself because malloc failed."};
  }
  Cause cause = make(failure_case, kCrash, Confidence::possible);
  if (failure_case.child.fault) {
    cause.confidence = Confidence::proven;
    cause.evidence.push_back(kernel_line(failure_case.child.line));
  } else if (failure_case.failure.signal) {
    cause.confidence = Confidence::likely;
    cause.evidence.push_back(
        {"signal", "only a fault of the process itself ends it this way.", false});
  }
  return cause;
}

constexpr std::array<Assessor, 6> kSignalAssessors = {
    assess_cgroup_oom, assess_host_oom,  assess_userspace_kill,
    assess_seccomp,    assess_map_count, assess_child_crash,
};

}  // namespace

Findings weigh_signal_causes(const FailureCase& failure_case) {
  return weigh_all(failure_case, kSignalAssessors);
}

}  // namespace forkmend::diagnosis
