// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/counter_rise.hpp"

#include "base/units.hpp"

namespace forkmend::diagnosis {

namespace {

/// Servers log whole seconds, cut off: what is told as 3:00:00 may have been up to a second later,
/// but never earlier.
const redis::Sample* last_before(const Observation& observation, WallTime at) {
  const redis::Sample* last = nullptr;
  for (const redis::Sample& sample : observation.samples) {
    if (sample.at < at) last = &sample;
  }
  return last;
}

std::optional<std::int64_t> value_of_counter(const redis::Sample& sample,
                                             std::string_view counter) {
  const auto found = sample.values.find(counter);
  return found != sample.values.end() ? std::optional(found->second) : std::nullopt;
}

}  // namespace

std::optional<CounterRise> rise_around(const FailureCase& failure_case, std::string_view counter) {
  const Observation& observation = failure_case.observation;
  if (!failure_case.failure.at || observation.samples.empty()) return std::nullopt;
  const redis::Sample* before = last_before(observation, *failure_case.failure.at);
  const redis::Sample& now = observation.samples.back();
  if (before == nullptr || before == &now) return std::nullopt;
  const auto then_count = value_of_counter(*before, counter);
  const auto now_count = value_of_counter(now, counter);
  if (!then_count || !now_count || *now_count < *then_count) return std::nullopt;
  return CounterRise{.by = *now_count - *then_count, .since = before->at};
}

std::string to_string(const CounterRise& rise) {
  const std::string since = " since " + format_time(rise.since);
  if (rise.by == 0) return "has not risen" + since + ", before the failure";
  return "has risen by " + format_count(rise.by) + since + ", and the failure was in between";
}

}  // namespace forkmend::diagnosis
