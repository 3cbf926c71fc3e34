// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/memory_returned.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kUsed = "redis.used_memory";
constexpr std::string_view kResident = "redis.used_memory_rss";
constexpr std::int64_t kWorthTelling = std::int64_t{1} << 20U;

}  // namespace

bool frees_memory(const Attempt& attempt) {
  return std::ranges::any_of(attempt.steps, [](const remediations::Step& step) {
    return step.remedy == "memory-purge" || step.target.name == "maxmemory";
  });
}

std::optional<MemoryReturned> memory_returned(const FactSet& before, const FactSet& after) {
  const auto used_before = before.integer(kUsed);
  const auto used_after = after.integer(kUsed);
  const auto held_before = before.integer(kResident);
  const auto held_after = after.integer(kResident);
  if (!used_before || !used_after || !held_before || !held_after) return std::nullopt;
  const std::int64_t freed = *used_before - *used_after;
  const std::int64_t given_back = std::max<std::int64_t>(*held_before - *held_after, 0);
  if (freed < kWorthTelling && given_back < kWorthTelling) return std::nullopt;
  const std::string resident =
      "resident memory is " + format_size(*held_after) + ", it was " + format_size(*held_before);
  if (given_back >= freed / 2) return MemoryReturned{.returned = true, .says = resident};
  return MemoryReturned{.returned = false,
                        .says = "keys of " + format_size(freed) + " are gone, but " + resident +
                                ": the allocator keeps pages of which a part is still in use; "
                                "active-defrag frees them where the server can, else a restart"};
}

}  // namespace forkmend::engine
