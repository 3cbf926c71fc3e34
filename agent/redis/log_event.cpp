// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/log_event.hpp"

#include <algorithm>
#include <array>

namespace forkmend::redis {

namespace {

struct KindName {
  LogEventKind kind;
  std::string_view text;
};

constexpr auto kKindNames = std::to_array<KindName>({
    {LogEventKind::other, "other"},
    {LogEventKind::save_started, "save-started"},
    {LogEventKind::save_ok, "save-ok"},
    {LogEventKind::save_fork_failed, "save-fork-failed"},
    {LogEventKind::save_child_error, "save-child-error"},
    {LogEventKind::save_child_signal, "save-child-signal"},
    {LogEventKind::save_write_error, "save-write-error"},
    {LogEventKind::rewrite_started, "rewrite-started"},
    {LogEventKind::rewrite_ok, "rewrite-ok"},
    {LogEventKind::rewrite_fork_failed, "rewrite-fork-failed"},
    {LogEventKind::rewrite_child_error, "rewrite-child-error"},
    {LogEventKind::rewrite_child_signal, "rewrite-child-signal"},
    {LogEventKind::rewrite_write_error, "rewrite-write-error"},
    {LogEventKind::rewrite_limited, "rewrite-limited"},
    {LogEventKind::sync_started, "sync-started"},
    {LogEventKind::sync_target, "sync-target"},
    {LogEventKind::sync_failed, "sync-failed"},
    {LogEventKind::sync_child_error, "sync-child-error"},
    {LogEventKind::sync_child_signal, "sync-child-signal"},
    {LogEventKind::aof_write_error, "aof-write-error"},
    {LogEventKind::aof_write_ok, "aof-write-ok"},
    {LogEventKind::child_sigusr1, "child-sigusr1"},
    {LogEventKind::server_started, "server-started"},
    {LogEventKind::overcommit_warning, "overcommit-warning"},
    {LogEventKind::thp_warning, "thp-warning"},
    {LogEventKind::sync_ok, "sync-ok"},
    {LogEventKind::sync_write_error, "sync-write-error"},
});

}  // namespace

std::string_view to_string(LogEventKind kind) {
  const auto* found = std::ranges::find(kKindNames, kind, &KindName::kind);
  return found != kKindNames.end() ? found->text : "other";
}

}  // namespace forkmend::redis
