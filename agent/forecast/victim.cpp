// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Parent and child share their pages, and both are scored for all of them, so their scores are
// nearly the same and small things decide: the parent grows while the child does not, and the child
// may have been given a higher oom_score_adj.
#include "forecast/victim.hpp"

#include "base/text.hpp"
#include "forecast/kernel_version.hpp"
#include "forecast/memory_levels.hpp"

namespace forkmend::forecast {

namespace {

/// oom-score-adj yes, relative or absolute raises the child by 800 (oom-score-adj-values).
bool child_is_raised(RuleReader& reader) {
  const auto setting = reader.look_text("redis.config.oom-score-adj");
  return setting && *setting != "no";
}

VictimAnswer by_score(RuleReader& reader) {
  const auto sacrifices = sacrifices_child(reader.look_text("host.kernel_release").value_or(""));
  if (sacrifices == true) {
    return {Victim::child, "this kernel kills the child in place of the server"};
  }
  if (child_is_raised(reader)) {
    return {Victim::child, "the server gives its child a higher oom_score_adj"};
  }
  if (!sacrifices) return {Victim::unknown, "whom this kernel chooses is not known"};
  return {Victim::server, "the server itself would be killed: it grows while its child does not"};
}

/// systemd stops a unit of which a process was OOM-killed; it looks at version 2 only.
std::string unit_clause(RuleReader& reader, std::optional<std::int64_t> level) {
  const auto unit = reader.look_text("instance.unit");
  if (!unit || !reader.look(memory_fact(level.value_or(0), "swap_max"))) return "";
  const auto policy = reader.look_text("instance.oom_policy");
  if (policy == "continue") return "";
  const std::string stops = "; systemd then stops " + printable(*unit);
  return policy ? stops + " (OOMPolicy=" + printable(*policy) + ")"
                : stops + " unless it has OOMPolicy=continue";
}

}  // namespace

VictimAnswer choose_victim(RuleReader& reader, std::optional<std::int64_t> level) {
  if (!level && reader.look("host.panic_on_oom").value_or(0) != 0) {
    return {Victim::panic, "vm.panic_on_oom makes it a panic of the host"};
  }
  if (reader.look("instance.oom_score_adj") == -1000) {
    return {Victim::another,
            "server and child are exempt (oom_score_adj -1000): others are killed"};
  }
  if (level && reader.look_flag(memory_fact(*level, "oom_group")).value_or(false)) {
    return {Victim::cgroup, "memory.oom.group kills everything in the cgroup, server and child"};
  }
  if (!level && reader.look("host.oom_kill_allocating_task").value_or(0) != 0) {
    return {Victim::server,
            "vm.oom_kill_allocating_task kills whoever asks for memory, mostly the server"};
  }
  VictimAnswer answer = by_score(reader);
  answer.says += unit_clause(reader, level);
  return answer;
}

}  // namespace forkmend::forecast
