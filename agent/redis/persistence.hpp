// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace forkmend::redis {

/// What INFO persistence says of the server's saves, as far as a poll needs it. A field that the
/// server does not have is nullopt, or false.
struct Persistence {
  std::optional<std::int64_t> last_save;  ///< rdb_last_save_time: seconds since the epoch
  std::optional<std::int64_t> changes;    ///< rdb_changes_since_last_save
  std::optional<std::int64_t> saves;      ///< rdb_saves (7.0+): attempts, also those that failed
  std::optional<std::int64_t> rewrites;   ///< aof_rewrites
  bool save_fails = false;                ///< rdb_last_bgsave_status is there and not "ok"
  bool rewrite_fails = false;             ///< aof_last_bgrewrite_status
  bool aof_write_fails = false;           ///< aof_last_write_status
  bool in_aof = false;                    ///< the AOF is on and its last write worked
  bool child_active = false;              ///< of a save, of a rewrite or of a module

  [[nodiscard]] bool fails() const { return save_fails || rewrite_fails || aof_write_fails; }
  bool operator==(const Persistence&) const = default;
};

/// From the text of INFO, whole or the one section, as parse_info() would read it; allocates
/// nothing, as every poll of every server comes by here. nullopt: not one of the fields is in it.
[[nodiscard]] std::optional<Persistence> parse_persistence(std::string_view text);

}  // namespace forkmend::redis
