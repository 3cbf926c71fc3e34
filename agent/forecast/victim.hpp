// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "forecast/after_fork.hpp"
#include "forecast/rule_reader.hpp"

namespace forkmend::forecast {

struct VictimAnswer {
  Victim victim = Victim::unknown;
  std::string says;
};

/// Whom oom_badness() and oom_kill_process() would choose of server and child. `level`: the memory
/// cgroup that is full; nullopt: the host is.
[[nodiscard]] VictimAnswer choose_victim(RuleReader& reader, std::optional<std::int64_t> level);

}  // namespace forkmend::forecast
