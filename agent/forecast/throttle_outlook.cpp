// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/copy_estimate.hpp"
#include "forecast/memory_levels.hpp"
#include "forecast/outlooks.hpp"

namespace forkmend::forecast {

namespace {

struct HighLevel {
  std::string name;
  std::int64_t high = 0;
  std::int64_t room = 0;
};

/// nullopt: no memory.high there, or an input is missing (the reader knows).
std::optional<HighLevel> read_high_level(RuleReader& reader, std::int64_t level) {
  if (reader.absent(memory_fact(level, "high"))) return std::nullopt;
  const auto high = reader.need(memory_fact(level, "high"));
  if (!high || *high == kUnlimited) return std::nullopt;
  const auto current = reader.need(memory_fact(level, "current"));
  if (!current) return std::nullopt;
  const std::int64_t freed = reader.look(memory_fact(level, "reclaimable")).value_or(0);
  const auto path = reader.look_text(memory_fact(level, "path"));
  return HighLevel{path ? printable(*path) : "cgroup level " + std::to_string(level), *high,
                   add_clamped(subtract_clamped(*high, *current), freed)};
}

std::optional<HighLevel> tightest_high_level(RuleReader& reader) {
  std::optional<HighLevel> tightest;
  const std::int64_t levels = memory_level_count(reader).value_or(0);
  for (std::int64_t level = 0; level < levels; ++level) {
    auto one = read_high_level(reader, level);
    if (one && (!tightest || one->room < tightest->room)) tightest = std::move(one);
  }
  return tightest;
}

Throttled decide(const HighLevel& level, const CopyEstimate& estimate) {
  if (level.room < estimate.page_tables) return Throttled::fork;
  return level.room < estimate.bytes.likely ? Throttled::save : Throttled::never;
}

std::string sentence(RuleReader& reader, const HighLevel& level, Throttled throttled) {
  const std::string where = level.name + " has memory.high " + format_size(level.high) + " and " +
                            format_size(std::max<std::int64_t>(level.room, 0)) + " below it";
  if (throttled == Throttled::never) return "Not slowed down: " + where + ".";
  if (throttled == Throttled::save) {
    return "Copying during the save will be slowed down: " + where + ".";
  }
  // c9afe31ec443: the penalty is served within the allocation, with the memory map locked.
  const auto kernel = reader.kernel();
  const bool inside = !kernel || *kernel >= KernelVersion{5, 18};
  return "The fork will be slowed down" +
         std::string(inside ? ", on this kernel inside fork() where the server stands still: "
                            : ": ") +
         where + ".";
}

}  // namespace

ThrottleOutlook throttle_outlook(const FactSet& facts) {
  RuleReader reader(facts);
  ThrottleOutlook outlook;
  outlook.unit = "bytes";
  const auto level = tightest_high_level(reader);
  if (!level && reader.complete()) {
    outlook.throttled = Throttled::never;
    outlook.verdict = Verdict::admitted;
    outlook.says = "No cgroup of this server has a memory.high.";
    outlook.inputs = reader.inputs();
    return outlook;
  }
  const auto estimate = read_copy_estimate(reader);
  outlook.inputs = reader.inputs();
  const auto throttled = level && estimate ? decide(*level, *estimate) : Throttled::unknown;
  if (throttled == Throttled::unknown || (throttled == Throttled::never && !reader.complete())) {
    outlook.says = reader.what_lacks();
    return outlook;
  }
  outlook.throttled = throttled;
  outlook.verdict = throttled == Throttled::never ? Verdict::admitted : Verdict::too_close;
  outlook.estimate = estimate->bytes;
  outlook.margin = subtract_clamped(level->room, estimate->page_tables);
  outlook.binding = level->name;
  outlook.says = sentence(reader, *level, throttled);
  return outlook;
}

}  // namespace forkmend::forecast
