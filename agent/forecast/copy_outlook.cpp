// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/copy_estimate.hpp"
#include "forecast/memory_levels.hpp"
#include "forecast/outlooks.hpp"
#include "forecast/victim.hpp"

namespace forkmend::forecast {

namespace {

/// Where memory may run out, and what is left there, bytes.
struct Room {
  std::string name;
  std::int64_t bytes = 0;
  std::optional<std::int64_t> level;
};

/// MemAvailable + SwapFree; before 3.14 there is no MemAvailable, and MemFree is a lower bound.
std::optional<Room> host_room(RuleReader& reader) {
  const char* const fact =
      reader.absent("host.mem_available") ? "host.mem_free" : "host.mem_available";
  const auto memory = reader.need(fact);
  const auto swap = reader.need("host.swap_free");
  if (!memory || !swap) return std::nullopt;
  return Room{"host", add_clamped(*memory, *swap), std::nullopt};
}

std::optional<Room> least_room(RuleReader& reader) {
  std::optional<Room> least = host_room(reader);
  for (const MemoryLimit& limit : read_memory_limits(reader)) {
    const std::int64_t bytes = add_clamped(limit.room(), limit.swap);
    if (least && bytes >= least->bytes) continue;
    least = Room{limit.name, bytes, limit.level};
  }
  return least;
}

Verdict weigh(const Spread& bytes, std::int64_t room) {
  if (bytes.likely > room) return Verdict::kill;
  return bytes.worst > room ? Verdict::too_close : Verdict::admitted;
}

std::string sentence(const CopyEstimate& estimate, const Room& room, Verdict verdict) {
  const Spread& bytes = estimate.bytes;
  const std::string where = room.level ? room.name : "the host";
  std::string says = "While the child lives about " + format_size(bytes.likely) +
                     " are copied (from " + estimate.basis + "), at worst " +
                     format_size(bytes.worst) + "; " + where + " has " +
                     format_size(std::max<std::int64_t>(room.bytes, 0)) + " left";
  if (verdict == Verdict::kill) return says + ": an OOM kill is likely.";
  return says + (verdict == Verdict::too_close ? ": enough unless writes grow." : ".");
}

}  // namespace

std::optional<std::int64_t> free_memory(const FactSet& facts) {
  RuleReader reader(facts);
  const auto room = least_room(reader);
  // A limit that could not be read may be the tightest.
  if (!room || !reader.complete()) return std::nullopt;
  return std::max<std::int64_t>(room->bytes, 0);
}

CopyOutlook copy_outlook(const FactSet& facts, std::optional<double> changes_per_second) {
  RuleReader reader(facts);
  CopyOutlook outlook;
  outlook.unit = "bytes";
  const auto estimate = read_copy_estimate(reader, changes_per_second);
  if (estimate) outlook.estimate = estimate->bytes;
  const auto room = least_room(reader);
  const Verdict verdict = estimate && room ? weigh(estimate->bytes, room->bytes) : Verdict::unknown;
  // A place that is too small is enough to know, whatever the unreadable ones hold.
  const bool told = verdict != Verdict::unknown && (reader.complete() || verdict == Verdict::kill);
  if (told) {
    outlook.verdict = verdict;
    outlook.margin = subtract_clamped(room->bytes, estimate->bytes.likely);
    outlook.binding = room->name;
    outlook.says = sentence(*estimate, *room, verdict);
    VictimAnswer answer = choose_victim(reader, room->level);
    outlook.victim = answer.victim;
    outlook.victim_says = std::move(answer.says);
  } else {
    outlook.says = reader.what_lacks();
  }
  outlook.inputs = reader.inputs();
  return outlook;
}

}  // namespace forkmend::forecast
