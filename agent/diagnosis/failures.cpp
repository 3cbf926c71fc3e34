// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/failures.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/units.hpp"

namespace forkmend::diagnosis {

namespace {

using std::chrono::seconds;

/// INFO is read a moment before the log: a line this young may be newer than INFO.
constexpr seconds kRace{10};
/// INFO's uptime and times are whole seconds.
constexpr seconds kRounding{2};
/// A replica that cannot sync comes back within seconds; when none has come for this long, it has
/// gone elsewhere.
constexpr std::chrono::minutes kSyncGivenUp{10};

struct View {
  const ServerState& server;
  const LogStory& log;
  WallTime now;
};

Failure info_failure(FailureKind kind, std::string_view field) {
  Failure failure;
  failure.kind = kind;
  failure.stage = kind == FailureKind::aof_write ? FailureStage::write : FailureStage::unknown;
  failure.source = "INFO persistence";
  failure.text = std::string(field) + ":err";
  return failure;
}

bool is_fresh(const View& view, const Failure& failure) {
  return failure.at && *failure.at >= view.now - kRace;
}

/// Of an earlier life of the server. Its start in the log is better proof than times are: log times
/// are local to a zone that may have been taken wrongly.
bool is_before_start(const View& view, const Failure& failure) {
  if (view.log.saw_start || !failure.at || !view.server.started) return false;
  return *failure.at < *view.server.started - kRounding;
}

bool is_saved_since(const View& view, const Failure& failure) {
  if (!failure.at || !view.server.last_save) return false;
  return *view.server.last_save >= std::chrono::floor<seconds>(*failure.at);
}

bool is_given_up(const View& view, const Failure& failure) {
  return failure.at && *failure.at < view.now - kSyncGivenUp;
}

/// A disk save that failed in the log although INFO says ok. That is a line newer than INFO, a save
/// that went well without a line (SAVE; loglevel warning), or the fork of a diskless sync, which
/// has the same text and is never shown by INFO.
std::optional<Failure> unshown_save(const View& view) {
  auto failure = view.log.of(FailureKind::rdb_save);
  if (!failure || is_before_start(view, *failure) || is_saved_since(view, *failure)) {
    return std::nullopt;
  }
  if (!view.server.save_ok || is_fresh(view, *failure)) return failure;
  if (failure->stage != FailureStage::fork || is_given_up(view, *failure)) return std::nullopt;
  failure->kind = FailureKind::replica_sync;
  return failure;
}

std::optional<Failure> save_failure(const View& view) {
  if (view.server.save_ok.value_or(true)) return unshown_save(view);
  const auto& logged = view.log.of(FailureKind::rdb_save);
  if (logged) return logged;
  Failure failure = info_failure(FailureKind::rdb_save, "rdb_last_bgsave_status");
  if (view.server.saves_forked) {
    failure.stage = FailureStage::child_exit;
    failure.text += ", and by its counters the server was refused no fork";
  }
  return failure;
}

/// Before 7.0 a refused fork and a failed end of a rewrite leave the status at ok.
std::optional<Failure> rewrite_failure(const View& view) {
  const auto& logged = view.log.of(FailureKind::aof_rewrite);
  if (!view.server.rewrite_ok.value_or(true)) {
    return logged ? logged : info_failure(FailureKind::aof_rewrite, "aof_last_bgrewrite_status");
  }
  if (!logged || is_before_start(view, *logged)) return std::nullopt;
  const bool info_tells =
      view.server.rewrite_ok.has_value() && view.server.generation == Generation::from_7;
  if (info_tells && !is_fresh(view, *logged)) return std::nullopt;
  return logged;
}

std::optional<Failure> sync_failure(const View& view) {
  const auto& logged = view.log.of(FailureKind::replica_sync);
  if (!logged || is_before_start(view, *logged)) return std::nullopt;
  if (is_given_up(view, *logged)) return std::nullopt;
  // A replica's own temp file of a sync that has been made since.
  if (logged->stage == FailureStage::write && view.server.master_link_up) return std::nullopt;
  return logged;
}

std::optional<Failure> write_failure(const View& view) {
  if (!view.server.aof_on.value_or(true)) return std::nullopt;
  const auto& logged = view.log.of(FailureKind::aof_write);
  if (!view.server.aof_write_ok.value_or(true)) {
    return logged ? logged : info_failure(FailureKind::aof_write, "aof_last_write_status");
  }
  if (!logged || view.server.aof_write_ok || is_before_start(view, *logged)) return std::nullopt;
  return logged;
}

/// A save that takes ten times as long as the last one, and ten minutes at least, gets nowhere. The
/// first one of a server's life (-1) is given six hours: at 10 MB/s that is 200 GB.
bool is_overdue(std::optional<std::int64_t> elapsed, std::optional<std::int64_t> last) {
  constexpr std::int64_t kTimes = 10;
  constexpr std::int64_t kLeast = 600;
  constexpr std::int64_t kFirst = std::int64_t{6} * 3600;
  if (!elapsed || !last) return false;
  if (*last < 0) return *elapsed >= kFirst;
  return *elapsed >= kLeast && *elapsed / kTimes > *last;
}

std::optional<Failure> hung_failure(const View& view, FailureKind kind,
                                    std::optional<std::int64_t> elapsed,
                                    std::optional<std::int64_t> last) {
  const bool stopped = view.server.child_state == "T" || view.server.child_state == "t";
  if (!elapsed || (!stopped && !is_overdue(elapsed, last))) return std::nullopt;
  Failure failure;
  failure.kind = kind;
  failure.stage = FailureStage::hung;
  failure.at = view.now;
  failure.source = "INFO persistence";
  failure.text = "a child has been at work for " +
                 format_duration(std::chrono::seconds(std::max<std::int64_t>(*elapsed, 0)));
  if (last && *last >= 0) {
    failure.text += ", the last one took " + format_duration(std::chrono::seconds(*last));
  }
  return failure;
}

void add(std::vector<Failure>& failures, std::optional<Failure> failure) {
  if (!failure) return;
  const auto same = std::ranges::find(failures, failure->kind, &Failure::kind);
  if (same == failures.end()) {
    failures.push_back(std::move(*failure));
  } else if (same->at < failure->at) {
    *same = std::move(*failure);
  }
}

}  // namespace

std::vector<Failure> find_failures(const ServerState& server, const LogStory& log, WallTime now) {
  const View view{server, log, now};
  std::vector<Failure> failures;
  add(failures, save_failure(view));
  add(failures, rewrite_failure(view));
  add(failures, sync_failure(view));
  add(failures, write_failure(view));
  add(failures,
      hung_failure(view, FailureKind::rdb_save, server.save_elapsed, server.last_save_took));
  add(failures, hung_failure(view, FailureKind::aof_rewrite, server.rewrite_elapsed,
                             server.last_rewrite_took));
  // Of each kind there is one, so this order is whole.
  std::ranges::sort(failures, [](const Failure& a, const Failure& b) {
    return a.at != b.at ? a.at > b.at : a.kind < b.kind;
  });
  return failures;
}

}  // namespace forkmend::diagnosis
