// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What a failing save leads to unless it is mended soon.
#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "diagnosis/consequences.hpp"
#include "diagnosis/strain_case.hpp"

namespace forkmend::diagnosis {

namespace {

const Failure* refused_rewrite(const StrainCase& strain_case) {
  const auto found = std::ranges::find_if(strain_case.failures, [](const Failure& failure) {
    return failure.kind == FailureKind::aof_rewrite && failure.stage == FailureStage::fork;
  });
  return found != strain_case.failures.end() ? &*found : nullptr;
}

}  // namespace

std::optional<Cause> find_replica_about_to_abort(const StrainCase& strain_case) {
  const auto aborts = replica_aborts(strain_case.server);
  if (aborts != true || strain_case.server.generation != Generation::from_7) return std::nullopt;
  Cause cause{.id = "replica-about-to-abort", .confidence = Confidence::likely, .evidence = {}};
  cause.evidence.push_back(strain_case.witness(
      "redis.config.replica-ignore-disk-write-errors",
      "no, and a save or AOF write has failed: the next write that its master sends ends this "
      "replica (\"Guru Meditation\")."));
  return cause;
}

std::optional<Cause> find_aof_incr_flood(const StrainCase& strain_case) {
  constexpr std::int64_t kNormal = 2;  // the one in use, and the one of a rewrite that runs
  const Failure* refused = refused_rewrite(strain_case);
  if (refused == nullptr || strain_case.server.generation != Generation::from_7) {
    return std::nullopt;
  }
  const auto files = strain_case.integer("instance.aof_dir.incr_files");
  if (!files || *files <= kNormal) return std::nullopt;
  Cause cause{.id = "aof-incr-flood", .confidence = Confidence::likely, .evidence = {}};
  cause.evidence.push_back(strain_case.witness(
      "instance.aof_dir.incr_files",
      format_count(*files) +
          " INCR files: each refused automatic rewrite has left one more, up to ten a second."));
  cause.evidence.push_back(Evidence{refused->source, refused->text, false});
  return cause;
}

/// From 7.0 on, three failures in a row let the next automatic rewrite wait, a minute first and an
/// hour at last (server.c: aofRewriteLimited()).
std::optional<Cause> find_aof_rewrite_limited(const StrainCase& strain_case) {
  const auto& log = strain_case.observation.log;
  const auto is_about_rewrites = [](const redis::LogEvent& event) {
    return event.kind == redis::LogEventKind::rewrite_limited ||
           event.kind == redis::LogEventKind::rewrite_ok ||
           event.kind == redis::LogEventKind::server_started;
  };
  const auto newest = std::ranges::find_if(log.rbegin(), log.rend(), is_about_rewrites);
  if (newest == log.rend() || newest->kind != redis::LogEventKind::rewrite_limited) {
    return std::nullopt;
  }
  Cause cause{.id = "aof-rewrite-limited", .confidence = Confidence::likely, .evidence = {}};
  cause.evidence.push_back(Evidence{"server log", printable(newest->message), false});
  const auto failures = strain_case.integer("redis.aof_rewrites_consecutive_failures");
  if (failures.value_or(0) > 0) {
    cause.evidence.push_back(strain_case.witness(
        "redis.aof_rewrites_consecutive_failures",
        format_count(*failures) + " rewrites in a row have failed; BGREWRITEAOF by hand is not "
                                  "held back."));
  }
  return cause;
}

}  // namespace forkmend::diagnosis
