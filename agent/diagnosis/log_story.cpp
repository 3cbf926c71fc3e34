// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A fork for a disk save and one for a diskless sync fail with the same text. Which it was is told
// by the lines around it:
//     Starting BGSAVE for SYNC with target: replicas sockets      (hidden by loglevel warning)
//     Can't save in background: fork: Cannot allocate memory
//     BGSAVE for replication failed
// A failed child tells why in a line of its own, just before its parent's.
#include "diagnosis/log_story.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "base/text.hpp"

namespace forkmend::diagnosis {

namespace {

using redis::LogEvent;
using redis::LogEventKind;

enum class SyncTarget { none, disk, sockets };

Failure failure_of(FailureKind kind, FailureStage stage, const LogEvent& event) {
  Failure failure;
  failure.kind = kind;
  failure.stage = stage;
  failure.error_number = event.error_number;
  failure.signal = event.signal;
  failure.at = event.at;
  failure.source = event.source.empty() ? "server log" : "server log " + printable(event.source);
  failure.text = printable(event.message);
  return failure;
}

/// What a line does to the story, whatever kind of save it is about.
enum class Action {
  started,  ///< a fork went well
  succeeded,
  fork_failed,
  own_line,      ///< a line of the child, just before its parent's
  write_failed,  ///< the server itself could not write
  child_failed,
  child_killed,
  sync_targeted,
  sync_refused,
  server_started,
};

struct Meaning {
  LogEventKind event;
  FailureKind kind;
  Action action;
};

constexpr auto kMeanings = std::to_array<Meaning>({
    {LogEventKind::save_started, FailureKind::rdb_save, Action::started},
    {LogEventKind::save_ok, FailureKind::rdb_save, Action::succeeded},
    {LogEventKind::save_fork_failed, FailureKind::rdb_save, Action::fork_failed},
    {LogEventKind::save_write_error, FailureKind::rdb_save, Action::own_line},
    {LogEventKind::save_child_error, FailureKind::rdb_save, Action::child_failed},
    {LogEventKind::save_child_signal, FailureKind::rdb_save, Action::child_killed},
    {LogEventKind::rewrite_started, FailureKind::aof_rewrite, Action::started},
    {LogEventKind::rewrite_ok, FailureKind::aof_rewrite, Action::succeeded},
    {LogEventKind::rewrite_fork_failed, FailureKind::aof_rewrite, Action::fork_failed},
    {LogEventKind::rewrite_write_error, FailureKind::aof_rewrite, Action::own_line},
    {LogEventKind::rewrite_child_error, FailureKind::aof_rewrite, Action::child_failed},
    {LogEventKind::rewrite_child_signal, FailureKind::aof_rewrite, Action::child_killed},
    {LogEventKind::sync_target, FailureKind::replica_sync, Action::sync_targeted},
    {LogEventKind::sync_started, FailureKind::replica_sync, Action::started},
    {LogEventKind::sync_ok, FailureKind::replica_sync, Action::succeeded},
    {LogEventKind::sync_failed, FailureKind::replica_sync, Action::sync_refused},
    {LogEventKind::sync_child_error, FailureKind::replica_sync, Action::child_failed},
    {LogEventKind::sync_child_signal, FailureKind::replica_sync, Action::child_killed},
    {LogEventKind::sync_write_error, FailureKind::replica_sync, Action::write_failed},
    {LogEventKind::aof_write_error, FailureKind::aof_write, Action::write_failed},
    {LogEventKind::aof_write_ok, FailureKind::aof_write, Action::succeeded},
    {LogEventKind::server_started, FailureKind::rdb_save, Action::server_started},
});

class StoryReader {
 public:
  explicit StoryReader(const ServerState& server) : server_(server) {}

  void read(const LogEvent& event) {
    const auto meaning = std::ranges::find(kMeanings, event.kind, &Meaning::event);
    if (meaning != kMeanings.end()) act(meaning->action, meaning->kind, event);
  }

  [[nodiscard]] LogStory take() && { return std::move(story_); }

 private:
  void act(Action action, FailureKind kind, const LogEvent& event) {
    switch (action) {
      case Action::started:
        return started(kind, event);
      case Action::succeeded:
        return succeeded(kind);
      case Action::fork_failed:
        return fork_failed(kind, event);
      case Action::own_line:
        return own_line(kind, event);
      case Action::write_failed:
        return fail(kind, FailureStage::write, event);
      case Action::child_failed:
        return child_failed(kind, event);
      case Action::child_killed:
        return child_killed(kind, event);
      case Action::sync_targeted:
        return sync_targeted(event);
      case Action::sync_refused:
        return sync_refused(event);
      case Action::server_started:
        return start_over();
    }
  }

  std::optional<Failure>& at(FailureKind kind) {
    return story_.failing.at(static_cast<std::size_t>(kind));
  }

  void fail(FailureKind kind, FailureStage stage, const LogEvent& event) {
    at(kind) = failure_of(kind, stage, event);
  }

  void started(FailureKind kind, const LogEvent& event) {
    child_ = event.child_pid;
    story_.called_off.reset();
    // A child that fails at once may write its line before the server says that it has begun.
    if (!child_line_ || !child_ || child_line_->pid != child_) child_line_.reset();
    just_failed_.reset();
    target_ = SyncTarget::none;
    if (kind != FailureKind::aof_rewrite) sync_forked();
  }

  void succeeded(FailureKind kind) {
    at(kind).reset();
    child_line_.reset();
    if (kind == FailureKind::rdb_save) sync_forked();
  }

  /// A fork went well, so one that failed earlier is history for a sync: INFO never shows it.
  void sync_forked() {
    auto& sync = at(FailureKind::replica_sync);
    if (sync && sync->stage == FailureStage::fork) sync.reset();
  }

  void fork_failed(FailureKind kind, const LogEvent& event) {
    if (kind == FailureKind::rdb_save) {
      if (target_ == SyncTarget::sockets) kind = FailureKind::replica_sync;
      before_fork_failure_ = at(kind);
      just_failed_ = kind;
    }
    fail(kind, FailureStage::fork, event);
  }

  /// The server itself also opens, flushes and renames for a rewrite, before and after the child.
  void own_line(FailureKind kind, const LogEvent& event) {
    const bool of_server = event.role == 'M' || event.role == 'S';
    if (kind == FailureKind::aof_rewrite && of_server) {
      fail(kind, FailureStage::write, event);
    } else {
      child_line_ = event;
    }
  }

  void child_failed(FailureKind kind, const LogEvent& event) {
    const bool told = child_line_ && (!child_ || !child_line_->pid || child_line_->pid == child_);
    if (told) {
      fail(kind, FailureStage::write, *child_line_);
    } else {
      fail(kind, FailureStage::child_exit, event);
    }
    child_line_.reset();
    just_failed_ = kind;
  }

  /// SIGUSR1 is the server's own way to call a child off: no failure, in every version.
  void child_killed(FailureKind kind, const LogEvent& event) {
    child_line_.reset();
    if (event.signal == SIGUSR1) {
      story_.called_off = failure_of(kind, FailureStage::child_signal, event);
      return;
    }
    fail(kind, FailureStage::child_signal, event);
    at(kind)->child_pid = child_;
    just_failed_ = kind;
  }

  void sync_targeted(const LogEvent& event) {
    const bool sockets = event.message.find("sockets") != std::string::npos;
    target_ = sockets ? SyncTarget::sockets : SyncTarget::disk;
    just_failed_.reset();
  }

  /// Told once for each waiting replica, right behind the failure itself.
  void sync_refused(const LogEvent& event) {
    if (!just_failed(event)) {
      fail(FailureKind::replica_sync, FailureStage::unknown, event);
    } else if (just_failed_ == FailureKind::rdb_save) {
      Failure sync = *at(FailureKind::rdb_save);
      sync.kind = FailureKind::replica_sync;
      // Of a fork whose target no line named: a refused disk save would show in INFO.
      const bool sockets = sync.stage == FailureStage::fork && target_ == SyncTarget::none &&
                           (server_.diskless.value_or(false) || server_.save_ok.value_or(false));
      if (sockets) at(FailureKind::rdb_save) = before_fork_failure_;
      at(FailureKind::replica_sync) = std::move(sync);
    }
    just_failed_ = FailureKind::replica_sync;
    target_ = SyncTarget::none;
  }

  [[nodiscard]] bool just_failed(const LogEvent& event) {
    if (!just_failed_ || !at(*just_failed_)) return false;
    const auto failed = at(*just_failed_)->at;
    return !failed || !event.at || *event.at - *failed <= std::chrono::seconds(2);
  }

  void start_over() {
    story_ = LogStory{};
    story_.saw_start = true;
    child_.reset();
    child_line_.reset();
    just_failed_.reset();
    target_ = SyncTarget::none;
  }

  const ServerState& server_;
  LogStory story_;
  std::optional<std::int64_t> child_;
  std::optional<LogEvent> child_line_;      ///< the child's own line, not yet its parent's
  std::optional<FailureKind> just_failed_;  ///< what a line about waiting replicas refers to
  std::optional<Failure> before_fork_failure_;
  SyncTarget target_ = SyncTarget::none;
};

/// Up to 2.8 no line has a role, and a child's has the child's pid.
bool is_of_child(const LogEvent& event) {
  if (event.role != '?') return event.role == 'C';
  return event.kind == LogEventKind::save_write_error ||
         event.kind == LogEventKind::rewrite_write_error;
}

bool is_of_this_process(const LogEvent& event, const ServerState& server) {
  return is_of_child(event) || !event.pid || !server.process_id || event.pid == server.process_id;
}

}  // namespace

LogStory read_log_story(const std::vector<LogEvent>& log, const ServerState& server) {
  StoryReader reader(server);
  for (const LogEvent& event : log) {
    if (is_of_this_process(event, server)) reader.read(event);
  }
  return std::move(reader).take();
}

}  // namespace forkmend::diagnosis
