// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/verify_guards.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/write_guard.hpp"

namespace forkmend::engine {

namespace {

Proof holds(std::string id, std::string says) {
  return {std::move(id), true, std::move(says)};
}

Proof fails(std::string id, std::string says) {
  return {std::move(id), false, std::move(says)};
}

bool is_on(const FactSet& facts, std::string_view field) {
  return facts.integer("redis." + std::string(field)).value_or(0) != 0;
}

/// One that was failed at first is no worse off, also where a save of its own has worked meanwhile.
Proof guarded_master(const FactSet& first, const FactSet& now) {
  if (first.text("redis.rdb_last_bgsave_status") == "err") {
    return holds("guarded", "the last save was failed: another failure makes nothing worse");
  }
  switch (failed_save_stops_writes(now)) {
    case WriteStop::no:
      return holds("guarded", "a failed save stops no writes");
    case WriteStop::yes:
      return fails("guarded",
                   "writes would stop if the save failed: stop-writes-on-bgsave-error is yes");
    case WriteStop::unknown:
      break;
  }
  return fails("guarded", "writes might stop if the save failed: its settings cannot be read");
}

Proof guarded_replica(const FactSet& facts) {
  if (!may_abort_replicas(facts)) {
    return holds("guarded", "this version does not abort replicas after a failed save");
  }
  const auto ignores = facts.text("redis.config.replica-ignore-disk-write-errors");
  if (ignores == "yes") return holds("guarded", "replica-ignore-disk-write-errors is yes");
  if (facts.text("redis.config.stop-writes-on-bgsave-error") == "no") {
    return holds("guarded", "stop-writes-on-bgsave-error is no");
  }
  if (has_save_points(facts) == false) return holds("guarded", "it has no save points");
  return fails("guarded", ignores ? "this replica would abort at its next replicated write if the "
                                    "save failed: replica-ignore-disk-write-errors is no"
                                  : "this replica might abort if the save failed: its settings "
                                    "cannot be read");
}

}  // namespace

Proof same_server_guard(const FactSet& first, const FactSet& now) {
  const bool same_process =
      first.integer("instance.pid") == now.integer("instance.pid") &&
      first.integer("instance.start_time") == now.integer("instance.start_time");
  if (!same_process) return fails("same-server", "the server was restarted in the meantime");
  if (first.text("redis.run_id") != now.text("redis.run_id")) {
    return fails("same-server", "another server answers on that endpoint now");
  }
  return holds("same-server", "pid " + std::to_string(now.integer("instance.pid").value_or(0)));
}

Proof forecast_guard(const forecast::Forecast& forecast) {
  const forecast::RuleForecast* rule = forecast.find(forecast.binding_rule);
  const std::string detail = rule == nullptr ? "" : ": " + rule->says;
  switch (forecast.verdict) {
    case forecast::Verdict::admitted:
      return holds("forecast", "the kernel is expected to admit the fork");
    case forecast::Verdict::refused:
      return fails("forecast", "the fork would be refused" + detail);
    case forecast::Verdict::kill:
      return fails("forecast", "the fork would end in an OOM kill" + detail);
    case forecast::Verdict::too_close:
      return fails("forecast", "it is too close to call whether the fork succeeds" + detail);
    case forecast::Verdict::unknown:
      return fails("forecast", "it is not known whether the fork would succeed" + detail);
  }
  return fails("forecast", "it is not known whether the fork would succeed");
}

Proof ready_guard(const FactSet& facts) {
  if (!facts.integer("redis.rdb_bgsave_in_progress")) {
    return fails("ready", "INFO persistence is not readable: a save could not be watched");
  }
  if (is_on(facts, "loading") || is_on(facts, "async_loading")) {
    return fails("ready", "the server is loading its data set");
  }
  if (is_on(facts, "master_sync_in_progress")) {
    return fails("ready", "a full sync from its master is going on");
  }
  const auto failover = facts.text("redis.master_failover_state");
  if (failover && *failover != "no-failover") {
    return fails("ready", "a failover is going on (" + *failover + ")");
  }
  return holds("ready", "not loading, no full sync, no failover");
}

Proof guarded_guard(const FactSet& first, const FactSet& now, SaveKind kind) {
  if (kind == SaveKind::aof_rewrite) {
    return holds("guarded", "a failed AOF rewrite stops neither writes nor replication");
  }
  return now.text("redis.role") == "master" ? guarded_master(first, now) : guarded_replica(now);
}

Result<DiskRoom> disk_room(const host::Root& root, const std::string& directory) {
  const auto status = root.filesystem(directory);
  if (!status) return status.error();
  DiskRoom room{.bytes = status->available_bytes(), .inodes = {}};
  if (status->files > 0) room.inodes = status->available_files;
  return room;
}

std::optional<std::int64_t> expected_size(const FactSet& facts, const Result<SavedFile>& last,
                                          SaveKind kind) {
  auto dataset = facts.integer("redis.used_memory_dataset");
  if (!dataset) dataset = facts.integer("redis.used_memory");
  if (!last || last->size < kSmallestRdb) return dataset;
  const std::int64_t grown = last->size + last->size / 10;
  if (kind == SaveKind::snapshot) return grown;
  // The base file may be that of an empty data set: what was appended since is in the next one.
  const auto appended = facts.integer("redis.aof_current_size");
  return appended && dataset ? std::max(grown, std::min(*appended, *dataset)) : grown;
}

std::chrono::milliseconds auto_deadline(const FactSet& facts,
                                        std::optional<std::int64_t> expected) {
  constexpr std::int64_t kBytesPerSecond = 20'000'000;
  constexpr std::int64_t kLongest = 86400;
  std::int64_t seconds = 60;
  for (const std::string_view field : {"rdb_last_bgsave_time_sec", "aof_last_rewrite_time_sec"}) {
    const auto last = facts.integer("redis." + std::string(field));
    if (last && *last > 0) seconds = std::max(seconds, std::min(*last, kLongest) * 4);
  }
  if (expected) seconds = std::max(seconds, *expected / kBytesPerSecond);
  return std::chrono::seconds(std::min(seconds, kLongest));
}

Proof disk_guard(const Result<DiskRoom>& room, std::optional<std::int64_t> expected) {
  if (!room) return fails("disk", "the free room is not known: " + room.error().message);
  if (!expected) return fails("disk", "the size of the new file cannot be estimated");
  const std::string sizes =
      format_size(room->bytes) + " are free and about " + format_size(*expected) + " are needed";
  if (room->bytes < *expected) return fails("disk", sizes);
  if (room->inodes == 0) return fails("disk", "no inode is left: no file can be made");
  return holds("disk", sizes);
}

}  // namespace forkmend::engine
