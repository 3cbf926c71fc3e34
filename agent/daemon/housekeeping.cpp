// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What is done every few seconds whether something happens or not.
#include <malloc.h>

#include "base/log.hpp"
#include "base/units.hpp"
#include "daemon/agent_loop.hpp"
#include "engine/host_lock.hpp"
#include "engine/journal.hpp"
#include "engine/leases.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::minutes kShownAfterEnd{10};

/// Between two times that memory is given back.
constexpr std::chrono::minutes kGiveBackApart{1};

/// Between two times that files are looked through for what is too old.
constexpr std::chrono::hours kForgetApart{1};

/// The journal's part that nobody wants any more. False: somebody else has the lock.
bool prune_journal(const std::string& state_dir, WallTime oldest) {
  if (!engine::Journal::open_read_only(state_dir)) return true;
  const auto lock = engine::HostLock::acquire(engine::host_lock_path(state_dir));
  if (!lock) return false;
  const auto journal = engine::Journal::open(state_dir);
  const auto gone = journal ? (*journal)->prune(oldest) : Result<std::int64_t>(journal.error());
  if (!gone) {
    log::write(log::Level::error, {}, "forgetting old incidents: " + gone.error().message);
  } else if (*gone > 0) {
    log::write(log::Level::info, {},
               std::to_string(*gone) + " incidents are forgotten: they ended before " +
                   format_time(oldest));
  }
  return true;
}

/// What only the beginning, or a look, has needed of the heap.
void give_back_heap() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

/// A change with a lease ends at its time whatever the mode is: that was promised when it was made.
asio::awaitable<void> AgentLoop::end_leases() {
  if (mending_) co_return;
  mending_ = true;
  const auto ended = co_await engine::end_leases_of_host(
      root_, options_->state_dir, engine::lookup_for(root_, options_->targets));
  mending_ = false;
  mend_turn_.cancel();
  if (ended) {
    engine::log_ended(*ended);
  } else {
    log::write(log::Level::error, {}, "leases: " + ended.error().message);
  }
}

/// Servers that ended a while ago, and processes that were none.
void AgentLoop::forget_old() {
  const Now now = read_clock();
  std::erase_if(state().instances, [&](const auto& entry) {
    return !instances_.contains(entry.first) && now.wall - entry.second.polled_at > kShownAfterEnd;
  });
  std::erase_if(strangers_, [&](const auto& entry) {
    return !entry.second.meeting && now.boot - entry.second.again_at > kShownAfterEnd;
  });
}

/// False: it is to be tried again.
bool AgentLoop::forget_files() {
  const WallTime now = read_clock().wall;
  engine::SampleStore(options_->state_dir).forget_old(now);
  // The lock is ours while we mend.
  if (mending_) return false;
  return prune_journal(options_->state_dir, now - options_->settings.journal.keep);
}

void AgentLoop::keep_house(std::chrono::nanoseconds now) {
  forget_old();
  logs_.check_all();
  if (now >= next_forgetting_ && forget_files()) next_forgetting_ = now + kForgetApart;
  if (looks_ == 0 && meetings_ == 0 && now >= next_giving_) {
    next_giving_ = now + kGiveBackApart;
    give_back_heap();
  }
  // Not cancelled half way: a change of the host is among it.
  work_.spawn("ending leases", end_leases());
}

}  // namespace forkmend::daemon
