// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <string>

#include "base/units.hpp"
#include "diagnosis/audit.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::int64_t kMeaningfulGap = std::int64_t{100} << 20;

Finding unknown(std::string id, std::string_view what) {
  return {std::move(id), Severity::unknown, std::string(what) + " is not known", ""};
}

Finding status(const FactSet& facts, std::string id, std::string_view field,
               std::string_view what) {
  const auto value = facts.text(field);
  if (!value) return unknown(std::move(id), field);
  if (*value == "ok") return {std::move(id), Severity::ok, std::string(what) + ": ok", ""};
  return {std::move(id), Severity::critical, std::string(what) + ": " + *value,
          "forkmend diagnose, then forkmend fix"};
}

/// Failures that INFO does not show (a refused diskless sync, an AOF rewrite of 6.2 and older).
Finding saves(const Diagnosis& diagnosis) {
  if (!diagnosis.failing) return {"saves", Severity::ok, "no save is failing", ""};
  const std::string cause =
      diagnosis.causes.empty() ? "unknown cause" : diagnosis.causes.front().id;
  return {"saves", Severity::critical, "a save is failing: " + cause, "forkmend fix --dry-run"};
}

/// rdb_last_bgsave_time_sec -1 means only that no save child has finished since the server started.
Finding ever_saved(const FactSet& facts) {
  const auto seconds = facts.integer("redis.rdb_last_bgsave_time_sec");
  if (!seconds) return unknown("saved-since-start", "rdb_last_bgsave_time_sec");
  if (*seconds >= 0) {
    return {"saved-since-start", Severity::ok,
            "the last save took " + std::to_string(*seconds) + " s", ""};
  }
  return {"saved-since-start", Severity::warning,
          "no save child has finished since the server started (rdb_last_bgsave_time_sec -1)",
          "test one when load is low: redis-cli BGSAVE"};
}

Finding next_fork(const forecast::Forecast& forecast) {
  using forecast::Verdict;
  if (forecast.verdict == Verdict::admitted) {
    return {"next-fork", Severity::ok, "the next fork would be admitted", ""};
  }
  const auto* rule = forecast.find(forecast.binding_rule);
  const std::string says = rule != nullptr ? rule->says : "the forecast cannot tell";
  if (denies(forecast.verdict)) {
    return {"next-fork", Severity::critical, says, "forkmend policy explain"};
  }
  const bool close = forecast.verdict == Verdict::too_close;
  return {"next-fork", close ? Severity::warning : Severity::unknown, says, "forkmend forecast"};
}

Finding memory_room(const FactSet& facts) {
  const auto used = facts.integer("redis.used_memory_rss");
  const auto total = facts.integer("host.mem_total");
  if (!used || !total) return unknown("memory-1.5x", "used_memory_rss or MemTotal");
  const std::int64_t wanted = *used + *used / 2;
  std::string says = "RSS " + format_size(*used) + " x 1.5 is " + format_size(wanted) +
                     "; the host has " + format_size(*total);
  if (*total > wanted) return {"memory-1.5x", Severity::ok, std::move(says), ""};
  return {"memory-1.5x", Severity::warning, std::move(says),
          "add RAM or lower maxmemory: a save under write load needs up to half as much again"};
}

Finding maxmemory(const FactSet& facts) {
  const auto limit = facts.integer("redis.maxmemory");
  const auto total = facts.integer("host.mem_total");
  if (!limit) return unknown("maxmemory", "maxmemory");
  if (*limit == 0) {
    return {"maxmemory", Severity::warning,
            "maxmemory is not set: the server may grow until it is killed",
            "redis-cli CONFIG SET maxmemory SIZE (leave a third of RAM for saves)"};
  }
  std::string says = "maxmemory " + format_size(*limit);
  if (!total) return {"maxmemory", Severity::ok, std::move(says), ""};
  says += " of " + format_size(*total) + " RAM";
  if (*limit + *limit / 2 <= *total) return {"maxmemory", Severity::ok, std::move(says), ""};
  return {"maxmemory", Severity::warning, std::move(says) + " leaves too little for a save",
          "lower maxmemory to two thirds of RAM or less"};
}

Finding fragmentation(const FactSet& facts) {
  const auto ratio = facts.number("redis.mem_fragmentation_ratio");
  const auto used = facts.integer("redis.used_memory");
  const auto rss = facts.integer("redis.used_memory_rss");
  if (!ratio || !used || !rss) return unknown("fragmentation", "mem_fragmentation_ratio");
  std::string says = "RSS " + format_size(*rss) + " for " + format_size(*used) + " of data";
  if (*ratio <= 1.5 || *rss - *used < kMeaningfulGap) {
    return {"fragmentation", Severity::ok, std::move(says), ""};
  }
  const bool swapped = facts.integer("instance.vm_swap").value_or(0) > 0;
  return {"fragmentation", Severity::warning,
          says + (swapped ? " (part of it is swapped out: the ratio misleads)" : ""),
          "redis-cli MEMORY PURGE; activedefrag yes where the allocator can"};
}

Finding diskless(const FactSet& facts) {
  const auto replicas = facts.integer("redis.connected_slaves");
  const auto setting = facts.text("redis.config.repl-diskless-sync");
  if (!replicas || !setting) return unknown("diskless-replication", "repl-diskless-sync");
  if (*replicas == 0 || *setting == "yes") {
    return {"diskless-replication", Severity::ok,
            "repl-diskless-sync " + *setting + ", " + std::to_string(*replicas) + " replicas", ""};
  }
  return {"diskless-replication", Severity::warning,
          "repl-diskless-sync no with " + std::to_string(*replicas) +
              " replicas: each full sync writes a file first",
          "redis-cli CONFIG SET repl-diskless-sync yes"};
}

Finding active_defrag(const FactSet& facts) {
  const auto setting = facts.text("redis.config.activedefrag");
  if (!setting) return {"active-defrag", Severity::ok, "this server has no activedefrag", ""};
  const auto ratio = facts.number("redis.mem_fragmentation_ratio").value_or(1.0);
  const auto gap = facts.integer("redis.used_memory_rss").value_or(0) -
                   facts.integer("redis.used_memory").value_or(0);
  if (*setting == "yes" || ratio <= 1.5 || gap < kMeaningfulGap) {
    return {"active-defrag", Severity::ok, "activedefrag " + *setting, ""};
  }
  return {"active-defrag", Severity::warning, "activedefrag no while memory is fragmented",
          "redis-cli CONFIG SET activedefrag yes"};
}

Finding process_limit(const FactSet& facts) {
  if (facts.flag("instance.nproc_exempt").value_or(false)) {
    return {"process-limit", Severity::ok, "RLIMIT_NPROC does not bind this process", ""};
  }
  const auto soft = facts.integer("instance.nproc_soft");
  const auto used = facts.integer("instance.uid_tasks");
  if (!soft || !used) return unknown("process-limit", "RLIMIT_NPROC or the tasks of its user");
  std::string says =
      format_count(*used) + " tasks of its user, RLIMIT_NPROC " + format_count(*soft);
  if (*soft == kUnlimited || *used < *soft - *soft / 10) {
    return {"process-limit", Severity::ok, std::move(says), ""};
  }
  return {"process-limit", Severity::warning, std::move(says),
          "prlimit --pid " + std::to_string(facts.integer("instance.pid").value_or(0)) +
              " --nproc=..."};
}

}  // namespace

std::vector<Finding> audit_instance(const FactSet& facts, const Diagnosis& diagnosis,
                                    const forecast::Forecast& forecast) {
  std::vector<Finding> findings = {
      status(facts, "rdb-status", "redis.rdb_last_bgsave_status", "last RDB save"),
      status(facts, "aof-rewrite-status", "redis.aof_last_bgrewrite_status", "last AOF rewrite"),
      status(facts, "aof-write-status", "redis.aof_last_write_status", "last AOF write"),
      saves(diagnosis),
      ever_saved(facts),
      maxmemory(facts),
      fragmentation(facts),
      active_defrag(facts),
      diskless(facts),
  };
  // What follows is read from the host: only for a server that is proven to run on it.
  if (!facts.flag("instance.local").value_or(false)) return findings;
  findings.push_back(next_fork(forecast));
  findings.push_back(memory_room(facts));
  findings.push_back(process_limit(facts));
  return findings;
}

}  // namespace forkmend::diagnosis
