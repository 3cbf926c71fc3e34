// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>

#include "base/fact.hpp"
#include "engine/plan.hpp"

namespace forkmend::engine {

/// Whether an attempt is meant to make the server hold less: it lowers maxmemory or purges.
[[nodiscard]] bool frees_memory(const Attempt& attempt);

struct MemoryReturned {
  bool returned = false;  ///< at least half of what was freed went back to the host
  std::string says;
};

/// What became of the memory of keys that are gone, by redis.used_memory and redis.used_memory_rss
/// before and after: an allocator may keep pages of which one byte is in use. nullopt: a figure is
/// missing, or less than 1 MiB was freed. Pure.
[[nodiscard]] std::optional<MemoryReturned> memory_returned(const FactSet& before,
                                                            const FactSet& after);

}  // namespace forkmend::engine
