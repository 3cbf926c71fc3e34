// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <span>
#include <string_view>

namespace forkmend {

/// A fact that forkmend knows how to collect: the shared dictionary of collectors, forecast,
/// diagnosis, remedies, policy and `forkmend facts`.
struct FactInfo {
  std::string_view name;  ///< "*" stands for one part: "instance.pids.*.max"
  std::string_view unit;  ///< bytes, seconds, count, percent, KiB, flag, text
  std::string_view meaning;
};

/// All of them, sorted by name. redis.* (any INFO field) and redis.config.* are open ended.
[[nodiscard]] std::span<const FactInfo> fact_catalog();

/// The entry for a name, wildcards matched; nullptr when forkmend has no such fact.
[[nodiscard]] const FactInfo* find_fact_info(std::string_view name);

}  // namespace forkmend
