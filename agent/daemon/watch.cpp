// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/watch.hpp"

namespace forkmend::daemon {

namespace {

/// One bit for each status that is not ok.
unsigned failing_of(const redis::Persistence& reading) {
  return (reading.save_fails ? 1U : 0U) | (reading.rewrite_fails ? 2U : 0U) |
         (reading.aof_write_fails ? 4U : 0U);
}

}  // namespace

void InstanceWatch::on_life(const std::string& run_id) {
  if (run_id == run_id_) return;
  run_id_ = run_id;
  last_.reset();
}

/// rdb_saves counts attempts before the fork (7.0+): one more, no child and no newer save is a save
/// that came to nothing. A restart (on_life) or RESETSTAT (counter goes down) starts anew.
bool InstanceWatch::tried_in_vain(const redis::Persistence& now) const {
  if (!last_ || now.child_active) return false;
  const bool tried = now.saves && last_->saves && *now.saves > *last_->saves;
  return tried && now.last_save == last_->last_save;
}

PollMeaning InstanceWatch::on_poll(const redis::Persistence& now) {
  const unsigned failing = failing_of(now);
  const unsigned failed = last_ ? failing_of(*last_) : 0;
  const bool in_vain = tried_in_vain(now);
  last_ = now;
  if (in_vain || (failing & ~failed) != 0) return PollMeaning::look;
  if (failing != 0) return PollMeaning::still_failing;
  if (failed == 0) return PollMeaning::quiet;
  on_healed();
  return PollMeaning::recovered;
}

void InstanceWatch::on_healed() {
  signature_.clear();
  handled_at_.reset();
}

bool InstanceWatch::is_new(const std::string& signature, Now now,
                           std::chrono::nanoseconds again_after) {
  const bool same = signature == signature_ && handled_at_;
  if (same && now.boot - *handled_at_ < again_after) return false;
  signature_ = signature;
  handled_at_ = now.boot;
  return true;
}

}  // namespace forkmend::daemon
