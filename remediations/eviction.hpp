// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "remediations/remediation.hpp"

namespace forkmend::remediations {

/// What counts against maxmemory: used memory without the buffers of replicas and AOF (evict.c:
/// freeMemoryGetNotCountedMemory()). nullopt: used memory is not known.
[[nodiscard]] std::optional<std::int64_t> counted_memory(const FactSet& facts);

/// The maxmemory to set, bytes; or why none helps. "auto" is the largest one with which the fork is
/// admitted and what it copies fits, never below half of what is used: more than that is for a
/// person to name.
[[nodiscard]] std::variant<std::int64_t, Refusal> choose_maxmemory(
    const PlanInput& input, std::span<const std::string_view> causes);

struct EvictionPolicy {
  std::string name;  ///< maxmemory-policy
  std::string says;  ///< what it evicts, and why this one
  bool frees = true;
};

/// The policy under which so many bytes go; or why none is chosen unasked: keys that nobody gave a
/// TTL are evicted only where the server or the parameter says so by name.
[[nodiscard]] std::variant<EvictionPolicy, Refusal> choose_policy(const PlanInput& input,
                                                                  std::int64_t bytes);

}  // namespace forkmend::remediations
