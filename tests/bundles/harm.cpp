// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "harm.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "engine/write_guard.hpp"

namespace forkmend::testing {

namespace {

using remediations::Step;
using remediations::StepType;

bool is_config(const Step& step, std::string_view name) {
  const bool config =
      step.target.type == StepType::config || step.target.type == StepType::config_file;
  return config && step.target.name == name;
}

bool is_sysctl(const Step& step, std::string_view name) {
  return step.target.type == StepType::sysctl && step.target.name == name;
}

/// Whether a drop-in or sysctl.d file of ours sets it for the next boot.
bool file_sets(const Step& step, std::string_view line) {
  return step.target.type == StepType::file && step.after &&
         step.after->find(line) != std::string::npos;
}

/// The guard of a proof, where the last save was fine, stands for no loss: it ends by itself.
bool ends_stop_writes(const Step& step) {
  if (engine::is_write_guard(step)) return step.lease == 0;
  return is_config(step, "stop-writes-on-bgsave-error") && step.after == "no" &&
         (step.lease == 0 || step.risk < Risk::durability);
}

bool ends_snapshots(const Step& step) {
  return is_config(step, "save") && (!step.after || step.after->empty()) &&
         step.risk < Risk::durability;
}

bool ends_durability(const Step& step) {
  return (is_config(step, "appendonly") && step.after == "no") ||
         (is_config(step, "appendfsync") && step.after == "no") ||
         (is_config(step, "no-appendfsync-on-rewrite") && step.after == "yes");
}

bool evicts(const Step& step) {
  return is_config(step, "maxmemory") || is_config(step, "maxmemory-policy");
}

bool overcommits(const Step& step) {
  return (is_sysctl(step, "vm.overcommit_memory") && step.after == "1") ||
         file_sets(step, "vm.overcommit_memory=1");
}

bool is_another_knob_of_memory(const Step& step) {
  constexpr std::array<std::string_view, 7> kNames = {"vm.swappiness",
                                                      "vm.drop_caches",
                                                      "vm.dirty_ratio",
                                                      "vm.dirty_bytes",
                                                      "vm.dirty_background_ratio",
                                                      "vm.dirty_background_bytes",
                                                      "vm.min_free_kbytes"};
  return std::ranges::any_of(kNames, [&](std::string_view name) { return is_sysctl(step, name); });
}

bool is_a_file_that_nobody_reads(const Step& step) {
  return step.target.type == StepType::file &&
         (step.target.name == "/etc/sysctl.conf" || step.target.name == "/etc/rc.local" ||
          step.target.name.starts_with("/etc/security/"));
}

bool moves_the_data(const Step& step) {
  return is_config(step, "dir") || is_config(step, "dbfilename") ||
         is_config(step, "appenddirname") || is_config(step, "appendfilename");
}

bool lets_buffers_grow(const Step& step) {
  return is_config(step, "client-output-buffer-limit");
}

bool ignores_warnings(const Step& step) {
  return is_config(step, "ignore-warnings");
}

bool kills(const Step& step) {
  return step.target.type == StepType::signal && step.target.name != "SIGUSR1" &&
         step.target.name != "SIGCONT";
}

bool stops_or_empties_the_server(const Step& step) {
  constexpr std::array<std::string_view, 5> kCommands = {"SHUTDOWN", "FLUSHALL", "FLUSHDB", "DEBUG",
                                                         "SAVE"};
  const std::string& name = step.target.name;
  return step.target.type == StepType::server_command &&
         std::ranges::any_of(kCommands, [&](std::string_view command) {
           return name == command || name.starts_with(std::string(command) + " ");
         });
}

bool moves_more_than_temp_files(const Step& step) {
  if (step.target.type != StepType::quarantine) return false;
  const std::string& path = step.target.name;
  return !path.substr(path.rfind('/') + 1).starts_with("temp-");
}

bool adds_swap(const Step& step) {
  return step.target.type == StepType::swap;
}

bool raises_ulimit(const Step& step) {
  return step.target.type == StepType::rlimit && step.target.name == "nproc";
}

bool raises_tasks(const Step& step) {
  return step.target.type == StepType::cgroup_file && step.target.name.ends_with("/pids.max");
}

bool changes_huge_pages(const Step& step) {
  return step.target.type == StepType::sysfs &&
         step.target.name.find("transparent_hugepage") != std::string::npos;
}

constexpr std::array<std::string_view, 9> kMemory = {
    "memory-shortage", "memory-growth",         "host-oom",
    "cgroup-oom",      "cgroup-memory-refusal", "commit-limit",
    "fragmentation",   "overcommit-heuristic",  "swap-thrash"};
constexpr std::array<std::string_view, 2> kAccounting = {"overcommit-heuristic", "commit-limit"};
constexpr std::array<std::string_view, 5> kSwap = {"memory-shortage", "host-oom", "cgroup-oom",
                                                   "commit-limit", "overcommit-heuristic"};
constexpr std::array<std::string_view, 1> kProcesses = {"nproc-limit"};
constexpr std::array<std::string_view, 1> kTasks = {"pids-limit"};
constexpr std::array<std::string_view, 6> kHugePages = {
    "thp", "memory-shortage", "host-oom", "cgroup-oom", "slow-fork", "memory-high-throttle"};

struct Harm {
  std::string_view advice;
  bool (*is_it)(const Step& step);
  std::span<const std::string_view> right_for = {};  ///< causes; empty: never right
};

constexpr auto kHarms = std::to_array<Harm>({
    {"stop-writes-on-bgsave-error no, and not as a bridge that ends by itself", ends_stop_writes},
    {"save \"\" that is not called a loss of durability", ends_snapshots},
    {"AOF off or its fsync off", ends_durability},
    {"a limit of the data where memory is not the cause", evicts, kMemory},
    {"vm.overcommit_memory=1 for everything", overcommits, kAccounting},
    {"lists of vm.* settings, drop_caches", is_another_knob_of_memory},
    {"files that are not read at boot or by a running service", is_a_file_that_nobody_reads},
    {"the directory or file name of the data", moves_the_data},
    {"client-output-buffer-limit", lets_buffers_grow},
    {"ignore-warnings", ignores_warnings},
    {"a signal that is no clean end of the child", kills},
    {"a restart, SAVE, or the data set emptied", stops_or_empties_the_server},
    {"more than temporary files moved away", moves_more_than_temp_files},
    {"swap where memory is not the cause", adds_swap, kSwap},
    {"a larger ulimit where it is not what refuses", raises_ulimit, kProcesses},
    {"a larger TasksMax where it is not what refuses", raises_tasks, kTasks},
    {"huge pages where they cost nothing", changes_huge_pages, kHugePages},
});

}  // namespace

std::string harm_of(const Step& step, const std::vector<std::string_view>& causes) {
  for (const Harm& harm : kHarms) {
    const bool right = std::ranges::any_of(causes, [&](std::string_view cause) {
      return std::ranges::find(harm.right_for, cause) != harm.right_for.end();
    });
    if (!right && harm.is_it(step)) return std::string(harm.advice);
  }
  return {};
}

}  // namespace forkmend::testing
