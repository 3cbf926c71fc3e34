// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/space_limits.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::string_view kMapCount = "map-count";
constexpr int kNear = 90;  ///< percent

struct Bound {
  std::string_view used;
  std::string_view limit;
  std::string_view name;
  bool bytes;
};

constexpr auto kBounds =
    std::to_array<Bound>({{"instance.map_count", "host.max_map_count", "vm.max_map_count", false},
                          {"instance.vm_size", "instance.as_limit", "RLIMIT_AS", true},
                          {"instance.vm_data", "instance.data_limit", "RLIMIT_DATA", true}});

bool is_near(std::int64_t used, std::int64_t limit) {
  return limit > 0 && static_cast<double>(used) * 100 >= static_cast<double>(limit) * kNear;
}

}  // namespace

std::vector<Evidence> met_space_limits(const FactSet& facts) {
  std::vector<Evidence> met;
  for (const Bound& bound : kBounds) {
    const auto used = facts.integer(bound.used);
    const auto limit = facts.integer(bound.limit);
    if (!used || !limit || *limit == kUnlimited || !is_near(*used, *limit)) continue;
    const auto shown = [&](std::int64_t value) {
      return bound.bytes ? format_size(value) : format_count(value);
    };
    met.push_back({printable(facts.find(bound.used)->source),
                   shown(*used) + " of " + std::string(bound.name) + " " + shown(*limit) +
                       ": at the limit malloc fails and the process aborts; a fork does not ask "
                       "for it.",
                   true});
  }
  return met;
}

const redis::LogEvent* out_of_memory_line(const FailureCase& failure_case) {
  const auto& log = failure_case.observation.log;
  const auto child = failure_case.failure.child_pid;
  const auto fits = [&](const redis::LogEvent& event) {
    return event.message.starts_with("Out Of Memory allocating ") &&
           (!child || !event.pid || event.pid == child);
  };
  const auto found = std::find_if(log.rbegin(), log.rend(), fits);
  return found != log.rend() ? &*found : nullptr;
}

Assessment assess_map_count(const FailureCase& failure_case) {
  const std::string id(kMapCount);
  const auto signal = failure_case.failure.signal;
  if (signal && *signal != SIGABRT) {
    return RuledOut{id, "signal " + std::to_string(*signal) + " is not that of malloc failing."};
  }
  const redis::LogEvent* line = out_of_memory_line(failure_case);
  auto met = met_space_limits(failure_case.observation.facts);
  if (line == nullptr) return RuledOut{id, "the child does not say that malloc failed."};
  Cause cause = make_cause(failure_case, kMapCount, Confidence::possible, nullptr);
  cause.evidence.push_back({"server log", printable(line->message), false});
  if (!met.empty()) cause.confidence = Confidence::likely;
  for (Evidence& one : met) cause.evidence.push_back(std::move(one));
  return cause;
}

}  // namespace forkmend::diagnosis
