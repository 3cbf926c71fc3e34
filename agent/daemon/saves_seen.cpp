// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/saves_seen.hpp"

#include <utility>

namespace forkmend::daemon {

std::optional<engine::SaveTime> SavesSeen::on_poll(const redis::Persistence& now, WallTime at) {
  const auto before = std::exchange(last_save_, now.last_save);
  std::optional<engine::SaveTime> seen;
  if (before && now.last_save && *now.last_save > *before && !now.save_fails) {
    const WallTime second{std::chrono::seconds(*now.last_save)};
    seen = engine::SaveTime{.from = second, .to = second + std::chrono::seconds(1)};
  }
  if (now.child_active) return seen;
  const auto rewrites = std::exchange(rewrites_, now.rewrites);
  const WallTime idle_before = std::exchange(idle_at_, at);
  const bool rewritten = rewrites && now.rewrites && *now.rewrites > *rewrites;
  if (!seen && rewritten && !now.rewrite_fails) {
    seen = engine::SaveTime{.from = idle_before, .to = at};
  }
  return seen;
}

}  // namespace forkmend::daemon
