// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/leases.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/units.hpp"
#include "engine/first_aid.hpp"
#include "engine/host_lock.hpp"
#include "engine/pause.hpp"
#include "engine/recorded_changes.hpp"
#include "engine/unfinished.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::minutes kRetry{1};

Result<std::vector<ChangeRecord>> changes_over(const Journal& journal, WallTime now) {
  auto changes = journal.changes_in_force();
  if (!changes) return changes;
  std::erase_if(*changes, [now](const auto& change) { return !lease_is_over(change, now); });
  std::ranges::reverse(*changes);
  return changes;
}

std::string note_of(const RollbackItem& item) {
  const std::chrono::seconds lease(item.change.step.lease);
  const std::string head = "the lease of " + format_duration(lease) + " is over: ";
  return head + item.change.step.remedy + ": " + item.says;
}

/// Without the lock and without writing: most of the time there is nothing to end. An incident that
/// is open may well be another forkmend's at work: the lock tells.
Result<bool> any_is_due(const std::string& state_dir, WallTime now) {
  const auto journal = Journal::open_read_only(state_dir);
  if (!journal && journal.error().code == Errc::not_found) return false;
  if (!journal) return journal.error();
  const auto over = changes_over(**journal, now);
  if (!over) return over.error();
  if (!over->empty()) return true;
  return any_unfinished(**journal, now);
}

/// The time of its state is that of this record: the lease begins anew.
RollbackItem lease_again(Journal* journal, ChangeRecord change, std::string harm) {
  const auto marked = journal->mark(change.id, ChangeState::applied, harm);
  if (!marked) harm += "; not recorded: " + marked.error().message;
  return {.change = std::move(change), .result = ChangeState::applied, .says = std::move(harm)};
}

asio::awaitable<RollbackItem> end_one(Journal* journal, Actuator* actuator,
                                      ConnectionLookup connections, ChangeRecord change) {
  auto harm = co_await ask_harm_of_undoing(change.step, std::move(connections));
  if (harm) co_return lease_again(journal, std::move(change), *std::move(harm));
  co_return co_await undo_step(journal, actuator, std::move(change));
}

}  // namespace

std::optional<WallTime> lease_end(const ChangeRecord& change) {
  if (change.step.lease <= 0) return std::nullopt;
  return change.at + std::chrono::seconds(change.step.lease);
}

bool lease_is_over(const ChangeRecord& change, WallTime now) {
  const auto end = lease_end(change);
  if (!end) return false;
  const WallTime due = change.state == ChangeState::undo_failed ? change.at + kRetry : *end;
  return now < change.at || now >= due;
}

asio::awaitable<Result<std::vector<RollbackItem>>> end_leases(Journal* journal, Actuator* actuator,
                                                              ConnectionLookup connections,
                                                              WallTime now) {
  auto over = changes_over(*journal, now);
  if (!over) co_return over.error();
  std::vector<RollbackItem> items;
  for (ChangeRecord& change : *over) {
    const std::string said_before = change.comment;
    auto item = co_await end_one(journal, actuator, connections, std::move(change));
    if (item.says == said_before) continue;  // the same as at the last try
    const auto noted = journal->note(item.change.incident, note_of(item));
    if (!noted) item.says += "; not noted: " + noted.error().message;
    items.push_back(std::move(item));
  }
  co_return items;
}

void log_ended(const std::vector<RollbackItem>& items) {
  for (const RollbackItem& item : items) {
    log::write(log::Level::warning, item.change.incident, note_of(item));
  }
}

asio::awaitable<Result<std::vector<RollbackItem>>> end_leases_of_host(
    host::Root root, std::string state_dir, ConnectionLookup connections) {
  const WallTime now = read_clock().wall;
  const auto any = any_is_due(state_dir, now);
  if (!any) co_return any.error();
  // Who stopped or paused forkmend wants nothing changed, a promised end included.
  if (!*any || !standing_gates(state_dir, read_clock()).empty()) {
    co_return std::vector<RollbackItem>();
  }
  const auto lock = HostLock::acquire(host_lock_path(state_dir));
  if (!lock) co_return std::vector<RollbackItem>();
  const auto journal = Journal::open(state_dir);
  if (!journal) co_return journal.error();
  LiveActuator actuator(std::move(root), connections);
  const auto finished = co_await finish_unfinished(journal->get(), &actuator, connections, now);
  if (!finished) co_return finished.error();
  co_return co_await end_leases(journal->get(), &actuator, std::move(connections), now);
}

}  // namespace forkmend::engine
