// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Memory that grows and grows: every save needs more than the one before, until one is refused.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "base/units.hpp"
#include "diagnosis/strain_case.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::int64_t kDay = 86'400;
/// Fewer samples or less time may be the filling of a cache after a start.
constexpr std::int64_t kEnoughSamples = 12;
constexpr std::int64_t kEnoughTime = 3600;
constexpr std::int64_t kLongTime = 6 * kEnoughTime;
/// Of a hundred pairs of samples so many must have grown.
constexpr double kSteady = 80;
/// What has been added meanwhile: at least this, and this share of the whole.
constexpr std::int64_t kMeaningful = std::int64_t{100} << 20;
constexpr double kShare = 0.05;

std::string duration_text(double seconds) {
  return format_duration(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

struct Growth {
  std::string fact;
  std::int64_t per_day = 0;
  std::int64_t now = 0;
};

/// Whether this much memory has grown steadily and by an amount that matters.
std::optional<Growth> growth_of(const StrainCase& strain_case, const std::string& name,
                                std::string_view now_fact, std::int64_t span) {
  Growth growth{.fact = "instance.growth." + name};
  const auto per_day = strain_case.integer(growth.fact);
  const auto steady = strain_case.number(growth.fact + "_steady");
  const auto now = strain_case.integer(now_fact);
  if (!per_day || !steady || !now || *steady < kSteady) return std::nullopt;
  const double grown = static_cast<double>(*per_day) * static_cast<double>(span) / kDay;
  const double matters =
      std::max(static_cast<double>(kMeaningful), static_cast<double>(*now) * kShare);
  if (grown < matters) return std::nullopt;
  growth.per_day = *per_day;
  growth.now = *now;
  return growth;
}

/// The part that takes the largest share of the growth.
std::optional<Evidence> largest_part(const StrainCase& strain_case, std::int64_t whole) {
  struct Growing {
    std::string_view fact;
    std::string_view says;
  };
  constexpr auto kGrowing = std::to_array<Growing>({
      {"instance.growth.dataset", "the data itself: keys without a time to live, or more of them"},
      {"instance.growth.clients",
       "buffers of ordinary clients: one that does not read its answers"},
      {"instance.growth.replication",
       "replica buffers and backlog: a replica that does not keep up"},
      {"instance.growth.allocator",
       "memory that is resident and not used: fragmentation or a leak"},
  });
  const Growing* largest = nullptr;
  std::int64_t most = 0;
  for (const Growing& part : kGrowing) {
    const auto grows = strain_case.integer(part.fact).value_or(0);
    if (grows <= most) continue;
    most = grows;
    largest = &part;
  }
  if (largest == nullptr || most < whole / 2) return std::nullopt;
  return strain_case.witness(largest->fact, "what grows is " + std::string(largest->says) + " (" +
                                                format_size(most) + " a day).");
}

/// How long it can go on: until maxmemory where nothing is evicted, else until the host is full.
std::optional<Evidence> time_left(const StrainCase& strain_case, const Growth& growth) {
  const auto limit = strain_case.integer("redis.maxmemory").value_or(0);
  const auto available = strain_case.integer("host.mem_available");
  const bool limited = limit > 0;
  if (!limited && !available) return std::nullopt;
  const std::int64_t room = limited ? std::max<std::int64_t>(limit - growth.now, 0) : *available;
  const auto days = static_cast<double>(room) / static_cast<double>(growth.per_day);
  const std::string until = limited ? "until maxmemory" : "until the host's memory is used up";
  return strain_case.witness(limited ? "redis.maxmemory" : "host.mem_available",
                             format_size(room) + " are left " + until + ": at this pace " +
                                 duration_text(days * kDay) + ".");
}

}  // namespace

std::optional<Cause> find_memory_growth(const StrainCase& strain_case) {
  const auto samples = strain_case.integer("instance.growth.samples").value_or(0);
  const auto span = strain_case.integer("instance.growth.span").value_or(0);
  if (samples < kEnoughSamples || span < kEnoughTime) return std::nullopt;
  auto growth = growth_of(strain_case, "used_memory", "redis.used_memory", span);
  if (!growth) growth = growth_of(strain_case, "rss", "redis.used_memory_rss", span);
  if (!growth) return std::nullopt;
  Cause cause{.id = "memory-growth",
              .confidence = span >= kLongTime ? Confidence::likely : Confidence::possible,
              .evidence = {}};
  cause.evidence.push_back(strain_case.witness(
      growth->fact, "it grew by " + format_size(growth->per_day) + " a day, steadily over " +
                        duration_text(static_cast<double>(span)) + ", and is " +
                        format_size(growth->now) + " now."));
  if (auto part = largest_part(strain_case, growth->per_day)) {
    cause.evidence.push_back(std::move(*part));
  }
  if (auto left = time_left(strain_case, *growth)) cause.evidence.push_back(std::move(*left));
  return cause;
}

}  // namespace forkmend::diagnosis
