// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "engine/provisional.hpp"
#include "redis/persistence.hpp"

namespace forkmend::daemon {

/// Tells from readings of INFO persistence, all of one connection, that a save has worked: the last
/// save is a newer one (a SAVE that did not fork cannot be told from it), or an AOF rewrite was
/// begun, none runs and the status is ok (7.0+, where rewrites are counted). Pure.
class SavesSeen {
 public:
  /// When it ended, as far as the readings tell; nullopt: nothing new, or the first reading.
  [[nodiscard]] std::optional<engine::SaveTime> on_poll(const redis::Persistence& now, WallTime at);

 private:
  std::optional<std::int64_t> last_save_;
  std::optional<std::int64_t> rewrites_;
  WallTime idle_at_;  ///< the last reading without a child: rewrites_ is of it
};

}  // namespace forkmend::daemon
