// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/server_state.hpp"

#include "base/text.hpp"
#include "redis/info.hpp"

namespace forkmend::diagnosis {

namespace {

std::optional<bool> equals(const FactSet& facts, std::string_view name, std::string_view wanted) {
  const auto value = word(facts, name);
  return value ? std::optional(*value == wanted) : std::nullopt;
}

std::optional<WallTime> time_of(const FactSet& facts, std::string_view name) {
  const auto seconds = facts.integer(name);
  // What a server claims may be any number; beyond this the clock's own type overflows.
  constexpr std::int64_t kLatest = 9'000'000'000;
  if (!seconds || *seconds <= 0 || *seconds > kLatest) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

Generation generation_of(const FactSet& facts) {
  const auto text = word(facts, "redis.redis_version");
  const auto version = text ? redis::parse_version(*text) : std::nullopt;
  if (!version) return Generation::unknown;
  return version->major >= 7 ? Generation::from_7 : Generation::before_7;
}

Role role_of(const FactSet& facts) {
  const auto role = word(facts, "redis.role");
  if (role == "master" || role == "primary") return Role::master;
  if (role == "slave" || role == "replica" || role == "active-replica") return Role::replica;
  return Role::unknown;
}

std::optional<WallTime> start_of(const FactSet& facts, WallTime now) {
  const auto uptime = facts.integer("redis.uptime_in_seconds");
  constexpr std::int64_t kLongest = 9'000'000'000;
  if (!uptime || *uptime < 0 || *uptime > kLongest) return std::nullopt;
  return now - std::chrono::seconds(*uptime);
}

/// redisFork() and rdbSaveBackground(): from 7.0 on rdb_saves counts attempts and total_forks the
/// forks that went well, of rewrites, diskless syncs and modules too.
/// rdb_saves_consecutive_failures (8.4) counts children that failed, and a good save sets it to 0.
bool did_saves_fork(const FactSet& facts, Generation generation) {
  const auto saves = facts.integer("redis.rdb_saves");
  if (generation != Generation::from_7 || !saves || *saves <= 0) return false;
  const auto forks = facts.integer("redis.total_forks");
  const auto failed = facts.integer("redis.rdb_saves_consecutive_failures").value_or(0);
  if (failed >= *saves) return true;
  // Slot migrations of 8.4 fork too, and nothing counts them.
  const bool cluster =
      word(facts, "redis.redis_mode") == "cluster" || word(facts, "redis.server_mode") == "cluster";
  if (cluster) return false;
  if (failed > 0 && forks && *forks >= *saves) return true;
  const auto rewrites = facts.integer("redis.aof_rewrites");
  const auto syncs = facts.integer("redis.sync_full");
  const bool module_forks = facts.integer("redis.module_fork_in_progress") != 0 ||
                            facts.integer("redis.module_fork_last_cow_size") != 0;
  if (!forks || !rewrites || !syncs || module_forks) return false;
  return *forks >= 0 && *rewrites >= 0 && *syncs >= 0 && *rewrites <= *forks &&
         *syncs <= *forks - *rewrites && *forks - *rewrites - *syncs >= *saves;
}

}  // namespace

std::optional<std::string> word(const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  if (fact == nullptr || fact->state != FactState::value) return std::nullopt;
  return forkmend::to_string(fact->value);
}

ServerState read_server_state(const FactSet& facts, WallTime now) {
  ServerState state;
  state.generation = generation_of(facts);
  state.role = role_of(facts);
  state.forks = !word(facts, "redis.dragonfly_version");
  state.save_ok = equals(facts, "redis.rdb_last_bgsave_status", "ok");
  state.rewrite_ok = equals(facts, "redis.aof_last_bgrewrite_status", "ok");
  state.aof_write_ok = equals(facts, "redis.aof_last_write_status", "ok");
  state.aof_on = equals(facts, "redis.aof_enabled", "1");
  state.stop_writes = equals(facts, "redis.config.stop-writes-on-bgsave-error", "yes");
  state.ignore_disk_errors = equals(facts, "redis.config.replica-ignore-disk-write-errors", "yes");
  state.diskless = equals(facts, "redis.config.repl-diskless-sync", "yes");
  if (const auto points = word(facts, "redis.config.save")) {
    state.save_points = !trim(*points).empty();
  }
  state.last_save = time_of(facts, "redis.rdb_last_save_time");
  state.started = start_of(facts, now);
  state.changes = facts.integer("redis.rdb_changes_since_last_save");
  state.process_id = facts.integer("redis.process_id");
  if (word(facts, "redis.rdb_bgsave_in_progress") == "1") {
    state.save_elapsed = facts.integer("redis.rdb_current_bgsave_time_sec");
  }
  state.last_save_took = facts.integer("redis.rdb_last_bgsave_time_sec");
  if (word(facts, "redis.aof_rewrite_in_progress") == "1") {
    state.rewrite_elapsed = facts.integer("redis.aof_current_rewrite_time_sec");
  }
  state.last_rewrite_took = facts.integer("redis.aof_last_rewrite_time_sec");
  state.child_state = facts.text("instance.child.state");
  state.saves_forked = did_saves_fork(facts, state.generation);
  state.master_link_up = word(facts, "redis.master_link_status") == "up";
  return state;
}

}  // namespace forkmend::diagnosis
