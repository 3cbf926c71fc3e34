// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fact.hpp"

namespace forkmend::remediations {

/// "save SECONDS CHANGES": a save when so much time has passed since the last one and so many keys
/// were changed (server.c:serverCron()).
struct SavePoint {
  std::int64_t seconds = 0;
  std::int64_t changes = 0;
};

/// "900 1 3600 10", "" is none. nullopt: not pairs of numbers in the server's ranges.
[[nodiscard]] std::optional<std::vector<SavePoint>> parse_save_points(std::string_view text);

/// Seconds between saves at so many changes a second; nullopt: none at all.
[[nodiscard]] std::optional<double> save_interval(const std::vector<SavePoint>& points,
                                                  double changes_per_second);

/// Changes a second since the last good save; nullopt: not told (before 6.2).
[[nodiscard]] std::optional<double> change_rate(const FactSet& facts);

/// Whenever one of `fewer` is due, one of `more` is.
[[nodiscard]] bool is_rarer(const std::vector<SavePoint>& fewer,
                            const std::vector<SavePoint>& more);

/// A save point (redis.config.save) was reached so long ago that the server has tried by itself: it
/// tries again five seconds after a failed save (CONFIG_BGSAVE_RETRY_DELAY). Unknown is false.
[[nodiscard]] bool save_is_overdue(const FactSet& facts);

/// "12,345 changes of the last 2h" since the last good save, as far as the facts tell.
[[nodiscard]] std::string at_risk(const FactSet& facts);

}  // namespace forkmend::remediations
