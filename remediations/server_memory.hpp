// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/fact.hpp"

namespace forkmend::remediations {

/// What is different once the server has given so many bytes back to the host: its resident memory,
/// what the host and every memory cgroup above it have left. Negative: it has taken them. What the
/// kernel charges for a fork (the size of its mappings) stays: jemalloc keeps its mappings
/// (opt.retain), and MADV_DONTNEED does not shrink them.
[[nodiscard]] std::map<std::string, FactValue> release_effects(const FactSet& facts,
                                                               std::int64_t bytes);

/// Keys of all databases, and how many of them have a TTL. INFO keyspace leaves empty databases
/// out.
struct Keyspace {
  std::int64_t keys = 0;
  std::int64_t expires = 0;
};
[[nodiscard]] Keyspace read_keyspace(const FactSet& facts);

/// The server uses jemalloc, the only allocator for which MEMORY PURGE does anything. nullopt: it
/// does not say.
[[nodiscard]] std::optional<bool> uses_jemalloc(const FactSet& facts);

}  // namespace forkmend::remediations
