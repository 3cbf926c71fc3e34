// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fact.hpp"

namespace forkmend::engine {

/// How a save is triggered.
enum class SaveKind { snapshot, aof_rewrite };

/// "BGSAVE", "BGREWRITEAOF".
[[nodiscard]] std::string_view command_of(SaveKind kind);

/// BGREWRITEAOF where only the AOF is in use, or where its rewrite is what fails and snapshots do
/// not; else BGSAVE. Pure.
[[nodiscard]] SaveKind save_kind(const FactSet& facts);

/// Field that says how the last one went: rdb_last_bgsave_status or aof_last_bgrewrite_status.
[[nodiscard]] std::string_view status_field(SaveKind kind);

/// Keys in all databases (INFO keyspace); nullopt when INFO does not tell.
[[nodiscard]] std::optional<std::int64_t> key_count(const FactSet& facts);

/// Whether the server is set to make snapshots by itself; nullopt when CONFIG is refused.
[[nodiscard]] std::optional<bool> has_save_points(const FactSet& facts);

/// redis_version of at least 7.0 or unknown: servers that abort a replica after a failed save.
[[nodiscard]] bool may_abort_replicas(const FactSet& facts);

}  // namespace forkmend::engine
