// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string_view>

namespace forkmend {

/// What a step may cost. Ordered: a rail's max_risk lets through everything at or below it.
enum class Risk { safe, disruptive, durability, lossy };

/// What a step touches; ordered from least to most invasive.
enum class Scope { instance, process, cgroup, host, any, advice };

[[nodiscard]] std::string_view to_string(Risk risk);
[[nodiscard]] std::string_view to_string(Scope scope);
[[nodiscard]] std::optional<Risk> parse_risk(std::string_view text);

}  // namespace forkmend
