// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/save_children.hpp"
#include "engine/save_trigger.hpp"
#include "host/process_table.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

/// The process table is dearer to read than INFO.
constexpr std::chrono::milliseconds kTablePoll{250};
/// A server that was killed or crashed does not come back for us.
constexpr int kMostFailures = 3;

/// What of its own the server says is running; empty: nothing.
std::string_view own_child(const redis::Info& info) {
  constexpr auto kFields = std::to_array<std::string_view>(
      {"rdb_bgsave_in_progress", "aof_rewrite_in_progress", "module_fork_in_progress"});
  for (const std::string_view field : kFields) {
    if (info.integer(field).value_or(0) != 0) return field;
  }
  return {};
}

std::string who_else(const host::Root& root, const Result<redis::Info>& info) {
  const auto table = host::process_table(root);
  if (!table) return "the process table cannot be read: " + table.error().message;
  const auto children = save_children(table->items());
  if (!children.empty())
    return "another save child runs on this host: " + to_string(children.front());
  if (!info) return "INFO persistence: " + info.error().message;
  const std::string_view own = own_child(*info);
  return own.empty() ? std::string() : "the server itself has a child: " + std::string(own);
}

Proof nobody_else(const host::Root& root) {
  const auto hidden = host::hides_processes(root);
  const bool all_seen = hidden && !*hidden;
  return {"alone", true,
          all_seen ? "no other save child runs on this host"
                   : "no other save child is seen, as far as /proc shows processes"};
}

bool still_runs(const redis::Info& info, SaveKind kind) {
  switch (kind) {
    case SaveKind::snapshot:
      return info.integer("rdb_bgsave_in_progress").value_or(0) != 0;
    case SaveKind::aof_rewrite:
      return info.integer("aof_rewrite_in_progress").value_or(0) != 0 ||
             info.integer("aof_rewrite_scheduled").value_or(0) != 0;
  }
  return false;
}

SaveProgress progress_of(const redis::Info& info, SaveKind kind, std::chrono::nanoseconds since) {
  const std::string_view last =
      kind == SaveKind::snapshot ? "rdb_last_bgsave_time_sec" : "aof_last_rewrite_time_sec";
  SaveProgress progress;
  progress.elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(read_clock().boot - since);
  progress.keys_done = info.integer("current_save_keys_processed");
  progress.keys_total = info.integer("current_save_keys_total");
  const auto seconds = info.integer(last);
  if (seconds && *seconds >= 0) progress.last_took = std::chrono::seconds(*seconds);
  return progress;
}

Error not_ended(const Wait& wait) {
  if (wait.is_stopped()) return {Errc::cancelled, "asked to stop while the save was still running"};
  return {Errc::timeout, "the save was still running when the time was up"};
}

}  // namespace

asio::awaitable<Alone> wait_until_alone(host::Root root, ServerLink* link, Wait wait) {
  const auto poll = std::max(wait.poll, kTablePoll);
  while (true) {
    const auto info = co_await link->info("persistence");
    Alone alone{.proof = {"alone", false, {}}, .moment = root.caching()};
    std::string other = who_else(alone.moment, info);
    if (other.empty()) {
      alone.proof = nobody_else(alone.moment);
      co_return alone;
    }
    alone.proof.says = std::move(other);
    if (wait.is_over()) co_return alone;
    co_await pause(poll);
  }
}

asio::awaitable<Result<SaveEnd>> wait_for_save(ServerLink* link, SaveKind kind, Wait wait,
                                               SaveHooks hooks) {
  const auto since = read_clock().boot;
  int failures = 0;
  while (true) {
    const auto asked = monotonic_since_boot();
    auto info = co_await link->info("persistence");
    const auto took = std::chrono::ceil<std::chrono::milliseconds>(monotonic_since_boot() - asked);
    if (info) {
      failures = 0;
      if (!still_runs(*info, kind)) co_return SaveEnd::ended;
      if (hooks.on_progress) hooks.on_progress(progress_of(*info, kind, since));
    } else if (info.error().code != Errc::timeout && ++failures >= kMostFailures) {
      co_return info.error().during("waiting for the save");
    }
    if (hooks.enough && hooks.enough(info, took)) co_return SaveEnd::enough;
    if (wait.is_over()) co_return not_ended(wait);
    co_await pause(wait.poll);
  }
}

}  // namespace forkmend::engine
