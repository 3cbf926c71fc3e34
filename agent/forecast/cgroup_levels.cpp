// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/cgroup_levels.hpp"

#include <algorithm>

namespace forkmend::forecast {

namespace {

std::string_view prefix_of(Controller controller) {
  return controller == Controller::memory ? "instance.memory." : "instance.pids.";
}

}  // namespace

std::string levels_fact(Controller controller) {
  return std::string(prefix_of(controller)) + "levels";
}

std::string level_fact(Controller controller, std::int64_t level, std::string_view part) {
  return std::string(prefix_of(controller)) + std::to_string(level) + "." + std::string(part);
}

std::int64_t bounded_levels(std::int64_t count) {
  constexpr std::int64_t kMaxLevels = 256;
  return std::clamp<std::int64_t>(count, 0, kMaxLevels);
}

std::vector<std::string> level_prefixes(const FactSet& facts, Controller controller) {
  const std::int64_t count = bounded_levels(facts.integer(levels_fact(controller)).value_or(0));
  std::vector<std::string> prefixes;
  prefixes.reserve(static_cast<std::size_t>(count));
  for (std::int64_t level = 0; level < count; ++level) {
    prefixes.push_back(level_fact(controller, level, ""));
  }
  return prefixes;
}

}  // namespace forkmend::forecast
