// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/watch.hpp"

namespace forkmend::daemon {

namespace {

bool is_error(const redis::Info& info, std::string_view field) {
  const auto value = info.text(field);
  return value && *value != "ok";
}

bool is_set(const redis::Info& info, std::string_view field) {
  return info.integer(field).value_or(0) != 0;
}

}  // namespace

InstanceWatch::Reading InstanceWatch::read(const redis::Info& info) const {
  Reading reading;
  reading.run_id = info.text("run_id").value_or(last_ ? last_->run_id : "");
  unsigned bit = 1;
  for (const char* status :
       {"rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status"}) {
    if (is_error(info, status)) reading.failing |= bit;
    bit <<= 1U;
  }
  reading.saves = info.integer("rdb_saves");
  reading.rewrites = info.integer("aof_rewrites");
  reading.last_save = info.integer("rdb_last_save_time");
  reading.child_active = is_set(info, "rdb_bgsave_in_progress") ||
                         is_set(info, "aof_rewrite_in_progress") ||
                         is_set(info, "module_fork_in_progress");
  return reading;
}

/// rdb_saves counts attempts before the fork (7.0+): one more, no child and no newer save is a save
/// that came to nothing. A restart (run_id) or RESETSTAT (counter goes down) starts anew.
bool InstanceWatch::tried_in_vain(const Reading& now) const {
  if (!last_ || last_->run_id != now.run_id || now.child_active) return false;
  const bool tried = now.saves && last_->saves && *now.saves > *last_->saves;
  return tried && now.last_save == last_->last_save;
}

PollMeaning InstanceWatch::on_poll(const redis::Info& info) {
  const Reading now = read(info);
  const unsigned failed = last_ && last_->run_id == now.run_id ? last_->failing : 0;
  const bool in_vain = tried_in_vain(now);
  last_ = now;
  if (in_vain || (now.failing & ~failed) != 0) return PollMeaning::look;
  if (now.failing != 0) return PollMeaning::still_failing;
  if (failed == 0) return PollMeaning::quiet;
  signature_.clear();
  handled_at_.reset();
  return PollMeaning::recovered;
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
