// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/units.hpp"
#include "diagnosis/audit.hpp"

namespace forkmend::diagnosis {

namespace {

Finding missing(std::string id, const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  const std::string reason = fact != nullptr && !fact->reason.empty() ? ": " + fact->reason : "";
  return {std::move(id), Severity::unknown, std::string(name) + " is not known" + reason, ""};
}

Finding overcommit(const FactSet& facts) {
  const auto mode = facts.integer("host.overcommit_memory");
  if (!mode) return missing("overcommit-memory", facts, "host.overcommit_memory");
  if (*mode == 1) {
    return {"overcommit-memory", Severity::ok,
            "vm.overcommit_memory is 1: no fork is refused by it", ""};
  }
  if (*mode == 2) {
    return {
        "overcommit-memory", Severity::warning,
        "vm.overcommit_memory is 2 (strict): a fork needs room for a second copy under "
        "CommitLimit. If that is deliberate, keep it and raise the limit when forks are refused",
        "forkmend fix uses overcommit-limit; only if strictness is not wanted: sysctl -w "
        "vm.overcommit_memory=1"};
  }
  const bool fresh = facts.text("host.overcommit_rule") == "new";
  return {
      "overcommit-memory", Severity::warning,
      std::string("vm.overcommit_memory is 0 (heuristic)") +
          (fresh ? "; this kernel refuses only a single mapping larger than RAM and swap together"
                 : "; this kernel may refuse the fork of a server larger than what is free"),
      "sysctl -w vm.overcommit_memory=1 (and in /etc/sysctl.d for the next boot)"};
}

/// Seed: over 90 % of CommitLimit. Means something in mode 2 only: the other modes never look at
/// it.
Finding commit(const FactSet& facts) {
  const auto mode = facts.integer("host.overcommit_memory");
  if (!mode) return missing("commit-limit", facts, "host.overcommit_memory");
  const auto limit = facts.integer("host.commit_limit");
  const auto used = facts.integer("host.committed_as");
  if (!limit || !used) return missing("commit-limit", facts, "host.commit_limit");
  if (*mode != 2) {
    return {"commit-limit", Severity::ok, "not in force: vm.overcommit_memory is not 2", ""};
  }
  const auto share = static_cast<std::int64_t>(
      100.0 * static_cast<double>(*used) / static_cast<double>(std::max<std::int64_t>(*limit, 1)));
  std::string says = "Committed_AS " + format_size(*used) + " is " + std::to_string(share) +
                     " % of CommitLimit " + format_size(*limit);
  if (share <= 90) return {"commit-limit", Severity::ok, std::move(says), ""};
  return {"commit-limit", Severity::warning, std::move(says),
          "raise vm.overcommit_ratio or vm.overcommit_kbytes, or add swap"};
}

Finding thp(const FactSet& facts) {
  const auto mode = facts.text("host.thp_enabled");
  if (!mode) {
    const Fact* fact = facts.find("host.thp_enabled");
    if (fact != nullptr && fact->state == FactState::not_applicable) {
      return {"thp", Severity::ok, "this kernel has no transparent huge pages", ""};
    }
    return missing("thp", facts, "host.thp_enabled");
  }
  const std::string sizes = facts.text("host.thp_sizes_on").value_or("");
  if (*mode == "never" && sizes.empty())
    return {"thp", Severity::ok, "transparent huge pages: never", ""};
  std::string says = "transparent huge pages: " + *mode;
  if (!sizes.empty()) says += " (" + sizes + ")";
  says += *mode == "madvise" ? "; only programs that ask get them, and Redis does not ask"
                             : "; copy-on-write after a fork can cost far more memory and time";
  return {"thp", Severity::warning, std::move(says),
          "echo never > /sys/kernel/mm/transparent_hugepage/enabled"};
}

Finding task_limits(const FactSet& facts) {
  const auto used = facts.integer("host.threads");
  const auto most = facts.integer("host.threads_max");
  const auto pids = facts.integer("host.pid_max");
  if (!used || !most || !pids) return missing("task-limits", facts, "host.threads_max");
  const std::int64_t limit = std::min(*most, *pids);
  std::string says = format_count(*used) + " tasks; kernel.threads-max " + format_count(*most) +
                     ", kernel.pid_max " + format_count(*pids);
  if (*used < limit - limit / 10) return {"task-limits", Severity::ok, std::move(says), ""};
  return {"task-limits", Severity::warning, std::move(says),
          "raise kernel.threads-max and kernel.pid_max, or stop what leaks threads"};
}

Finding free_memory(const FactSet& facts) {
  const auto total = facts.integer("host.mem_total");
  const auto available = facts.integer("host.mem_available");
  const auto swap = facts.integer("host.swap_free");
  if (!total || !available || !swap) return missing("free-memory", facts, "host.mem_available");
  std::string says = format_size(*available) + " of " + format_size(*total) + " available, " +
                     format_size(*swap) + " of swap free";
  if (*available + *swap >= *total / 10) return {"free-memory", Severity::ok, std::move(says), ""};
  return {"free-memory", Severity::warning, std::move(says),
          "free memory or add RAM: copy-on-write after a fork needs some"};
}

}  // namespace

std::vector<Finding> audit_host(const FactSet& facts) {
  return {overcommit(facts), commit(facts), thp(facts), task_limits(facts), free_memory(facts)};
}

}  // namespace forkmend::diagnosis
