// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/fact.hpp"
#include "engine/plan.hpp"

namespace forkmend::engine {

/// A proof is a save, and one that fails turns rdb_last_bgsave_status to err. Where it was ok, the
/// server took writes, and takes none any more after that (MISCONF,
/// writeCommandsDeniedByDiskError() of server.c): the proof has made things worse, and a further
/// save cannot mend it where forks are refused. So stop-writes-on-bgsave-error is no for the time
/// of the proof, and stays so until the status is ok again, or until the server's own saves fail:
/// then writes stop as its administrator wants them to. Pure.

/// Step::remedy of that step: it is no remedy, the planner adds it.
inline constexpr std::string_view kGuardWrites = "guard-writes";

/// Whether a failed snapshot would stop writes that the server takes now.
enum class WriteStop { no, yes, unknown };
[[nodiscard]] WriteStop failed_save_stops_writes(const FactSet& facts);

/// Adds the guard to the first aid of a plan that proves something with a snapshot, where a failed
/// one would stop writes. Not where the rail deny names stop-writes: the setting is the same, and
/// then no save is triggered (verify_guards.hpp).
void add_write_guard(Plan& plan, const PlanRequest& request);

[[nodiscard]] bool is_write_guard(const remediations::Step& step);

/// Why the guard stays for now; nullopt: take it back. Wants INFO and redis.config.save.
[[nodiscard]] std::optional<std::string> harm_to_writes(const FactSet& now);

}  // namespace forkmend::engine
