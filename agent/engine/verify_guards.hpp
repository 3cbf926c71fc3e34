// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/fact.hpp"
#include "base/result.hpp"
#include "engine/rdb_file.hpp"
#include "engine/save_kind.hpp"
#include "engine/verify.hpp"
#include "forecast/forecast.hpp"
#include "host/root.hpp"

namespace forkmend::engine {

/// What must hold before a save is triggered; one Proof each. Pure but for disk_room().

/// The server is the process that was looked at first: same pid, same run id.
[[nodiscard]] Proof same_server_guard(const FactSet& first, const FactSet& now);

/// The fork is expected to be admitted; too close to call and unknown do not hold.
[[nodiscard]] Proof forecast_guard(const forecast::Forecast& forecast);

/// Not loading, not in a full sync, no failover going on.
[[nodiscard]] Proof ready_guard(const FactSet& facts);

/// A save that fails leaves the server no worse than it was at first. A replica of 7.0+ aborts at
/// its next replicated write after one, unless one of its settings prevents it; a master whose last
/// save was ok takes no writes any more (writeCommandsDeniedByDiskError() of server.c), unless the
/// guard of write_guard.hpp is in force. A failed AOF rewrite does not lead there.
[[nodiscard]] Proof guarded_guard(const FactSet& first, const FactSet& now, SaveKind kind);

/// Free room where the server writes, for everybody but root.
struct DiskRoom {
  std::int64_t bytes = 0;
  std::optional<std::int64_t> inodes;  ///< nullopt where the file system has no fixed number
};
[[nodiscard]] Result<DiskRoom> disk_room(const host::Root& root, const std::string& directory);

/// Bytes of the next file: 1.1 times the last one, else the data set in memory (INFO memory), which
/// is more than its serialised form; of an AOF's base file also what was appended since. nullopt:
/// nothing tells.
[[nodiscard]] std::optional<std::int64_t> expected_size(const FactSet& facts,
                                                        const Result<SavedFile>& last,
                                                        SaveKind kind);

/// How long a save may take when nobody says: four times the last one, or what the size takes on a
/// slow disk (20 MB/s), and never less than a minute.
[[nodiscard]] std::chrono::milliseconds auto_deadline(const FactSet& facts,
                                                      std::optional<std::int64_t> expected);

[[nodiscard]] Proof disk_guard(const Result<DiskRoom>& room, std::optional<std::int64_t> expected);

}  // namespace forkmend::engine
