// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/memory_levels.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/cgroup_levels.hpp"

namespace forkmend::forecast {

namespace {

/// Swap that this level may still use: what the host has free, and in version 2 no more than
/// memory.swap.max leaves. Not known counts as all of it: it only widens what is unsure.
std::int64_t swap_room(RuleReader& reader, std::int64_t level) {
  const std::int64_t host = reader.look("host.swap_free").value_or(0);
  const auto max = reader.look(memory_fact(level, "swap_max"));
  if (!max || *max == kUnlimited) return host;
  const std::int64_t used = reader.look(memory_fact(level, "swap_current")).value_or(0);
  return std::clamp<std::int64_t>(subtract_clamped(*max, used), 0, host);
}

std::optional<MemoryLimit> read_limit(RuleReader& reader, std::int64_t level) {
  const auto max = reader.need_or_none(memory_fact(level, "max"));
  if (reader.absent(memory_fact(level, "max")) || !max || *max == kUnlimited) return std::nullopt;
  const auto current = reader.need(memory_fact(level, "current"));
  const auto reclaimable = reader.need_or_none(memory_fact(level, "reclaimable"));
  if (!current || !reclaimable) return std::nullopt;
  const auto path = reader.look_text(memory_fact(level, "path"));
  return MemoryLimit{
      .level = level,
      .name = path ? printable(*path) : "cgroup level " + std::to_string(level) + " of the server",
      .max = *max,
      .current = *current,
      .reclaimable = *reclaimable,
      .swap = swap_room(reader, level)};
}

}  // namespace

std::string memory_fact(std::int64_t level, std::string_view part) {
  return level_fact(Controller::memory, level, part);
}

std::int64_t MemoryLimit::room() const {
  return add_clamped(subtract_clamped(max, current), reclaimable);
}

std::optional<std::int64_t> memory_level_count(RuleReader& reader) {
  constexpr std::string_view kLevels = "instance.memory.levels";
  const auto levels = reader.need_or_none(kLevels);
  if (!levels) return std::nullopt;
  return bounded_levels(*levels);
}

std::vector<MemoryLimit> read_memory_limits(RuleReader& reader) {
  std::vector<MemoryLimit> limits;
  const std::int64_t levels = memory_level_count(reader).value_or(0);
  for (std::int64_t level = 0; level < levels; ++level) {
    if (auto limit = read_limit(reader, level)) limits.push_back(std::move(*limit));
  }
  return limits;
}

}  // namespace forkmend::forecast
