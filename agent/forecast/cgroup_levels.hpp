// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fact.hpp"

namespace forkmend::forecast {

/// A controller whose facts go by the levels of the server's cgroups: 0 is its own, 1 the one
/// above.
enum class Controller { memory, pids };

/// "instance.memory.levels": how many levels there are.
[[nodiscard]] std::string levels_fact(Controller controller);
/// "instance.memory.LEVEL.PART".
[[nodiscard]] std::string level_fact(Controller controller, std::int64_t level,
                                     std::string_view part);

/// The number of levels without nonsense: 0 to 256. A cgroup tree is never that deep.
[[nodiscard]] std::int64_t bounded_levels(std::int64_t count);

/// "instance.memory.0.", "instance.memory.1.", ...: one for each level that the facts tell of.
/// Empty when there is none or their number is not known.
[[nodiscard]] std::vector<std::string> level_prefixes(const FactSet& facts, Controller controller);

}  // namespace forkmend::forecast
