// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/save_kind.hpp"

#include "base/text.hpp"
#include "redis/info.hpp"

namespace forkmend::engine {

std::string_view command_of(SaveKind kind) {
  switch (kind) {
    case SaveKind::snapshot:
      return "BGSAVE";
    case SaveKind::aof_rewrite:
      return "BGREWRITEAOF";
  }
  return "?";
}

std::string_view status_field(SaveKind kind) {
  switch (kind) {
    case SaveKind::snapshot:
      return "rdb_last_bgsave_status";
    case SaveKind::aof_rewrite:
      return "aof_last_bgrewrite_status";
  }
  return "?";
}

std::optional<bool> has_save_points(const FactSet& facts) {
  const auto save = facts.text("redis.config.save");
  if (!save) return std::nullopt;
  return !trim(*save).empty();
}

SaveKind save_kind(const FactSet& facts) {
  const bool aof =
      facts.text("redis.config.appendonly") == "yes" || facts.integer("redis.aof_enabled") == 1;
  if (!aof) return SaveKind::snapshot;
  if (has_save_points(facts) == false) return SaveKind::aof_rewrite;
  const bool snapshots_fail = facts.text("redis.rdb_last_bgsave_status") == "err";
  const bool rewrites_fail = facts.text("redis.aof_last_bgrewrite_status") == "err" ||
                             facts.text("failure.kind") == "aof-rewrite";
  return rewrites_fail && !snapshots_fail ? SaveKind::aof_rewrite : SaveKind::snapshot;
}

std::optional<std::int64_t> key_count(const FactSet& facts) {
  if (facts.find("redis.rdb_bgsave_in_progress") == nullptr) return std::nullopt;
  std::int64_t all = 0;
  for (const auto& [name, fact] : facts.all()) {
    if (!name.starts_with("redis.db") || !parse_integer(std::string_view(name).substr(8))) continue;
    const auto* text = std::get_if<std::string>(&fact.value);
    if (text == nullptr || !text->starts_with("keys=")) continue;
    const std::string_view keys = split(std::string_view(*text).substr(5), ',').front();
    all += parse_integer(keys).value_or(0);
  }
  return all;
}

bool may_abort_replicas(const FactSet& facts) {
  const auto text = facts.text("redis.redis_version");
  const auto version = text ? redis::parse_version(*text) : std::nullopt;
  return !version || version->major >= 7;
}

}  // namespace forkmend::engine
