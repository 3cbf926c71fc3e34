// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/fact.hpp"

namespace forkmend::diagnosis {

/// Before and from 7.0 on, servers answer differently on failed saves (Valkey counts as 7.2).
enum class Generation { before_7, from_7, unknown };

enum class Role { master, replica, unknown };

/// What INFO and CONFIG say, as far as persistence goes. All of it is a claim of the server. A
/// field that is missing is nullopt.
struct ServerState {
  Generation generation = Generation::unknown;
  Role role = Role::unknown;
  bool forks = true;  ///< Dragonfly never does
  std::optional<bool> save_ok, rewrite_ok, aof_write_ok;
  std::optional<bool> aof_on;
  std::optional<bool> save_points, stop_writes, ignore_disk_errors, diskless;
  std::optional<WallTime> last_save, started;
  std::optional<std::int64_t> changes;
  std::optional<std::int64_t> process_id;  ///< in the server's pid namespace, as in its log
  /// A child at work: since when, in seconds; and how long the last one took.
  std::optional<std::int64_t> save_elapsed, last_save_took;
  std::optional<std::int64_t> rewrite_elapsed, last_rewrite_took;
  std::optional<std::string> child_state;  ///< of /proc/PID/stat
  /// The counters show that no fork of a save was refused since they were last reset: the save that
  /// failed, failed in its child.
  bool saves_forked = false;
  bool master_link_up = false;  ///< a replica's last full sync went well
};

[[nodiscard]] ServerState read_server_state(const FactSet& facts, WallTime now);

/// The value as text whatever its type; nullopt without a value.
[[nodiscard]] std::optional<std::string> word(const FactSet& facts, std::string_view name);

}  // namespace forkmend::diagnosis
