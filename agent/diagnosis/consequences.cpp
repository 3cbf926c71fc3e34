// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Rules of writeCommandsDeniedByDiskError() and processCommand() of server.c. Writes and PING are
// refused with MISCONF while the last disk save failed, there are save points and
// stop-writes-on-bgsave-error is yes; or while the AOF cannot be written. Before 7.0 replicas are
// left alone. From 7.0 on they are not, and a command that comes from the master then ends the
// replica, unless replica-ignore-disk-write-errors is yes.
#include "diagnosis/consequences.hpp"

#include <algorithm>
#include <chrono>

#include "base/units.hpp"

namespace forkmend::diagnosis {

namespace {

using Sentences = std::vector<std::string>;

/// Three-valued "and".
std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
  if (a == false || b == false) return false;
  if (!a || !b) return std::nullopt;
  return true;
}

std::optional<bool> negated(std::optional<bool> a) {
  return a ? std::optional(!*a) : std::nullopt;
}

/// The disk error that makes the server refuse writes; nullopt: its settings are not known.
std::optional<bool> stops_for_save(const ServerState& server) {
  const std::optional<bool> failed = negated(server.save_ok).value_or(false);
  return both(failed, both(server.stop_writes, server.save_points));
}

bool stops_for_aof(const ServerState& server) {
  return server.aof_on.value_or(true) && !server.aof_write_ok.value_or(true);
}

/// Whether this role refuses its own clients.
std::optional<bool> role_refuses(const ServerState& server) {
  if (server.role == Role::master) return true;
  if (server.role == Role::unknown || server.generation == Generation::unknown) return std::nullopt;
  return server.generation == Generation::from_7;
}

void add_refused_writes(Sentences& out, const ServerState& server) {
  const auto save = stops_for_save(server);
  const std::optional<bool> stops = stops_for_aof(server) ? std::optional(true) : save;
  const auto refuses = both(stops, role_refuses(server));
  if (refuses == false) return;
  if (!refuses) {
    out.emplace_back(
        "Whether writes are refused (MISCONF) is not known: save points, "
        "stop-writes-on-bgsave-error, role or version could not be read.");
    return;
  }
  out.emplace_back(stops_for_aof(server)
                       ? "Writes are refused (MISCONF) because the AOF cannot be written."
                       : "Writes are refused (MISCONF) until a disk save succeeds.");
  out.emplace_back("PING is answered with MISCONF too: health checks take the server for dead.");
}

void add_replica_abort(Sentences& out, const ServerState& server) {
  const auto aborts = replica_aborts(server);
  if (aborts == false) return;
  if (aborts && server.generation == Generation::from_7) {
    out.emplace_back(
        "This replica will abort at the next write that its master sends "
        "(replica-ignore-disk-write-errors is no).");
  } else {
    out.emplace_back("This replica may abort at the next write that its master sends.");
  }
}

bool has(const std::vector<Failure>& failures, FailureKind kind) {
  return std::ranges::find(failures, kind, &Failure::kind) != failures.end();
}

std::string since_text(const ServerState& server, WallTime now) {
  if (!server.last_save || *server.last_save > now) return "";
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - *server.last_save);
  const std::string length = format_duration(age);
  // At its start a server takes its data as saved.
  const bool never =
      server.started && *server.last_save <= *server.started + std::chrono::seconds(2);
  return never ? " since the server started " + length + " ago" : " of the last " + length;
}

void add_data_at_risk(Sentences& out, const ServerState& server,
                      const std::vector<Failure>& failures, WallTime now) {
  if (!has(failures, FailureKind::rdb_save) || server.changes == 0) return;
  const std::string changes =
      server.changes ? format_count(*server.changes) + " changes" : std::string("The changes");
  const std::string text = changes + since_text(server, now) + " are in no snapshot";
  if (server.aof_on.value_or(false) && server.aof_write_ok.value_or(false)) {
    out.push_back(text + "; the AOF still holds them.");
  } else {
    out.push_back(text + " and would be lost in a restart.");
  }
}

void add_others(Sentences& out, const ServerState& server, const std::vector<Failure>& failures) {
  if (has(failures, FailureKind::replica_sync)) {
    out.emplace_back("Full syncs fail: replicas cannot attach.");
  }
  const auto refused_rewrite = [](const Failure& failure) {
    return failure.kind == FailureKind::aof_rewrite && failure.stage == FailureStage::fork;
  };
  if (std::ranges::none_of(failures, refused_rewrite)) return;
  if (server.generation == Generation::from_7 && server.aof_on.value_or(false)) {
    out.emplace_back(
        "Each refused automatic AOF rewrite leaves one more empty INCR file, up to ten a second.");
  } else {
    out.emplace_back("The AOF grows on: it cannot be rewritten.");
  }
}

}  // namespace

std::optional<bool> replica_aborts(const ServerState& server) {
  if (server.role != Role::replica || server.generation == Generation::before_7) return false;
  const std::optional<bool> stops =
      stops_for_aof(server) ? std::optional(true) : stops_for_save(server);
  return both(stops, negated(server.ignore_disk_errors));
}

Sentences find_consequences(const ServerState& server, const std::vector<Failure>& failures,
                            WallTime now) {
  Sentences out;
  // Dragonfly has neither stop-writes nor an AOF.
  if (server.forks) {
    add_replica_abort(out, server);
    add_refused_writes(out, server);
  }
  add_data_at_risk(out, server, failures, now);
  add_others(out, server, failures);
  return out;
}

}  // namespace forkmend::diagnosis
