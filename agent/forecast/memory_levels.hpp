// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "forecast/rule_reader.hpp"

namespace forkmend::forecast {

/// "instance.memory.LEVEL.PART".
[[nodiscard]] std::string memory_fact(std::int64_t level, std::string_view part);

/// One level of the memory controller that has a limit. Bytes.
struct MemoryLimit {
  std::int64_t level = 0;
  std::string name;
  std::int64_t max = kUnlimited;
  std::int64_t current = 0;
  std::int64_t reclaimable = 0;  ///< file cache and slab
  std::int64_t swap = 0;         ///< what may still be swapped out of it, at most

  /// memory.max - memory.current + what reclaim frees without swapping.
  [[nodiscard]] std::int64_t room() const;
};

/// The levels that limit the server, its own first. Empty when there is no controller or no limit;
/// a level with an input that lacks is left out, and the reader then is not complete().
[[nodiscard]] std::vector<MemoryLimit> read_memory_limits(RuleReader& reader);

/// How many levels there are; 0 without the controller. nullopt: not known (the reader knows).
[[nodiscard]] std::optional<std::int64_t> memory_level_count(RuleReader& reader);

}  // namespace forkmend::forecast
