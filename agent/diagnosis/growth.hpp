// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <span>

#include "base/fact.hpp"
#include "redis/samples.hpp"

namespace forkmend::diagnosis {

/// instance.growth.*: how fast a server's memory and its parts grow, by samples of one life of it,
/// in the order of time. The slope is the median over all pairs of samples (Theil and Sen), so that
/// the peak of a save or one evicted batch does not count. Unknown with fewer than three samples.
/// And instance.growth.fork_rss: the last sample is of now, and the oldest of those before it that
/// have the same latest_fork_usec is the nearest to that fork. Pure.
[[nodiscard]] FactSet growth_facts(std::span<const redis::Sample> samples);

}  // namespace forkmend::diagnosis
