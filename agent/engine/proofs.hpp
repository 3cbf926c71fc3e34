// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/fact.hpp"
#include "base/result.hpp"
#include "engine/rdb_file.hpp"
#include "engine/save_kind.hpp"
#include "engine/verify.hpp"
#include "redis/reply.hpp"

namespace forkmend::engine {

/// What must hold after a save; one Proof each, from facts of before and after. Pure.

/// The status field says ok; says so when it was ok before and the save made it worse.
[[nodiscard]] Proof status_proof(const FactSet& before, const FactSet& after, SaveKind kind);

/// LASTSAVE is in the second of the trigger or later. It has whole seconds: that the file is a new
/// one (new_file_proof) tells two saves in one second apart.
[[nodiscard]] Proof lastsave_proof(const FactSet& after, WallTime triggered);

/// The number of AOF rewrites rose (7.0+); nullopt where the server does not count them.
[[nodiscard]] std::optional<Proof> rewrites_proof(const FactSet& before, const FactSet& after);

/// A save that the server has begun and ended by itself between two looks, neither of which saw a
/// child: a fork more (6.2+ counts them; SAVE makes none), a later LASTSAVE or one more rewrite of
/// the AOF, and status ok. nullopt: none, or it cannot be told.
[[nodiscard]] std::optional<Proof> own_save_proof(const FactSet& before, const FactSet& after,
                                                  SaveKind kind);

/// What is known of the file before and after the save. `look` is for files in RDB format.
struct FileWitness {
  Result<SavedFile> before;
  Result<SavedFile> after;
  std::optional<Result<RdbLook>> look;
  std::optional<std::int64_t> keys;  ///< the lesser count of before and after
};

/// Another file than before (or the first), of a size that its keys can have, with magic and end.
[[nodiscard]] Proof new_file_proof(const FileWitness& witness);

/// Neither the host's nor any cgroup's count of OOM kills grew. A kernel that does not count is no
/// reason to doubt; a count that cannot be read is.
[[nodiscard]] Proof oom_proof(const FactSet& before, const FactSet& after);

/// PING was answered with PONG: while writes are stopped it is answered with MISCONF.
[[nodiscard]] Proof pong_proof(const Result<redis::Reply>& reply);

}  // namespace forkmend::engine
