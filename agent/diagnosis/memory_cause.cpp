// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// memory-shortage: there is not enough memory for what the child makes the server copy. By itself
// that refuses no fork; it decides whether a fork that is let through ends in an OOM kill.
#include <algorithm>
#include <cerrno>
#include <string>

#include "base/units.hpp"
#include "diagnosis/failure_case.hpp"
#include "forecast/arithmetic.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::string_view kShortage = "memory-shortage";

/// What copy-on-write is expected to cost, and where that comes from. Bytes.
struct CopyEstimate {
  std::int64_t likely = 0;    ///< less than that is free: a shortage
  std::int64_t cautious = 0;  ///< less than that is free: maybe one
  std::string basis;
};

/// The last save's cost with half as much again for growth. Without one, a tenth of the data is
/// what any writing costs, and half of it what a busy server may cost. Never more than all of it.
std::optional<CopyEstimate> estimate(const FailureCase& failure_case) {
  const auto used = failure_case.integer("redis.used_memory");
  const auto resident = failure_case.integer("instance.rss_anon");
  const auto whole = resident ? resident : used;
  const auto last = failure_case.integer("redis.rdb_last_cow_size");
  if (last && *last > 0) {
    const std::int64_t scaled = forecast::add_clamped(*last, *last / 2);
    const std::int64_t expected = whole ? std::min(scaled, *whole) : scaled;
    return CopyEstimate{expected, expected,
                        "the last save copied " + format_size(*last) + ", half as much again"};
  }
  if (!used) return std::nullopt;
  return CopyEstimate{*used / 10, *used / 2, "a tenth to a half of used_memory"};
}

}  // namespace

Assessment assess_memory_shortage(const FailureCase& failure_case) {
  const std::string id(kShortage);
  if (failure_case.error() && !failure_case.error_is(ENOMEM)) {
    return RuledOut{id, "errno " + error_word(failure_case) + " is not about memory."};
  }
  const auto available = failure_case.integer("host.mem_available");
  const auto swap = failure_case.integer("host.swap_free");
  const auto copy = estimate(failure_case);
  if (!available || !swap || !copy) {
    return Undecided{id +
                     " could not be checked: MemAvailable, SwapFree or used_memory is not known."};
  }
  const std::int64_t room = forecast::add_clamped(*available, *swap);
  const std::string says = format_size(*available) + " available and " + format_size(*swap) +
                           " of swap free, against a copy-on-write of " +
                           format_size(copy->cautious) + " (" + copy->basis + ").";
  if (room >= copy->cautious) return RuledOut{id, says};
  Cause cause;
  cause.id = id;
  const bool sure = room < copy->likely && failure_case.error_is(ENOMEM);
  cause.confidence = sure ? Confidence::likely : Confidence::possible;
  cause.evidence.push_back(Evidence{"/proc/meminfo", says, false});
  return cause;
}

}  // namespace forkmend::diagnosis
