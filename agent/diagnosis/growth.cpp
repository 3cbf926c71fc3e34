// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/growth.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forkmend::diagnosis {

namespace {

using redis::Sample;
using Seconds = std::chrono::duration<double>;

constexpr std::string_view kSource = "samples of the agent";
constexpr std::size_t kFewest = 3;
/// Every pair is looked at, for each part and at each look: more samples make no better median.
constexpr std::size_t kMostCompared = 96;
constexpr double kSecondsPerDay = 86'400;

/// A part of the memory, as fields of INFO that are added, and some that are taken away.
struct MemoryPart {
  std::string_view fact;
  std::array<std::string_view, 2> plus;
  std::string_view minus;
  std::string_view steadiness;  ///< fact of how many pairs of samples grew; empty: not asked
};

constexpr auto kMemoryParts = std::to_array<MemoryPart>({
    {"instance.growth.used_memory", {"used_memory", ""}, "", "instance.growth.used_memory_steady"},
    {"instance.growth.rss", {"used_memory_rss", ""}, "", "instance.growth.rss_steady"},
    {"instance.growth.dataset", {"used_memory_dataset", ""}, "", ""},
    {"instance.growth.clients", {"mem_clients_normal", ""}, "", ""},
    {"instance.growth.replication", {"mem_clients_slaves", "mem_replication_backlog"}, "", ""},
    {"instance.growth.allocator", {"used_memory_rss", ""}, "used_memory", ""},
});

struct Point {
  double at = 0;  ///< seconds
  double bytes = 0;
};

std::optional<double> value_of(const Sample& sample, std::string_view field) {
  const auto found = sample.values.find(field);
  if (found == sample.values.end()) return std::nullopt;
  return static_cast<double>(found->second);
}

std::optional<double> bytes_of(const Sample& sample, const MemoryPart& part) {
  double bytes = 0;
  for (const std::string_view field : part.plus) {
    if (field.empty()) continue;
    const auto value = value_of(sample, field);
    if (!value) return std::nullopt;
    bytes += *value;
  }
  if (part.minus.empty()) return bytes;
  const auto less = value_of(sample, part.minus);
  return less ? std::optional(bytes - *less) : std::nullopt;
}

std::vector<Point> points_of(std::span<const Sample> samples, const MemoryPart& part) {
  std::vector<Point> points;
  for (const Sample& sample : samples) {
    const auto bytes = bytes_of(sample, part);
    const double at = Seconds(sample.at - samples.front().at).count();
    if (bytes) points.push_back({at, *bytes});
  }
  return points;
}

/// Bytes a second between any two of them.
std::vector<double> slopes_of(const std::vector<Point>& points) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const double seconds = points[j].at - points[i].at;
      if (seconds > 0) slopes.push_back((points[j].bytes - points[i].bytes) / seconds);
    }
  }
  return slopes;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// How many of the pairs of samples grew, percent: 50 is noise.
void set_steadiness(FactSet& facts, std::string_view fact, const std::vector<double>& slopes) {
  const auto grew = std::ranges::count_if(slopes, [](double slope) { return slope > 0; });
  facts.set(fact, 100.0 * static_cast<double>(grew) / static_cast<double>(slopes.size()), "percent",
            kSource);
}

void set_part(FactSet& facts, std::span<const Sample> samples, const MemoryPart& part) {
  constexpr std::string_view kWhy = "too few samples have its fields";
  const auto points = points_of(samples, part);
  const auto slopes = slopes_of(points);
  if (points.size() < kFewest || slopes.empty()) {
    facts.set_missing(part.fact, FactState::unknown, kSource, kWhy);
    if (!part.steadiness.empty()) {
      facts.set_missing(part.steadiness, FactState::unknown, kSource, kWhy);
    }
    return;
  }
  if (!part.steadiness.empty()) set_steadiness(facts, part.steadiness, slopes);
  const auto per_day = static_cast<std::int64_t>(std::llround(median(slopes) * kSecondsPerDay));
  facts.set(part.fact, per_day, "bytes", kSource);
}

std::optional<std::int64_t> integer_of(const Sample& sample, std::string_view field) {
  const auto found = sample.values.find(field);
  return found == sample.values.end() ? std::nullopt : std::optional(found->second);
}

void set_fork_rss(FactSet& facts, std::span<const Sample> samples) {
  constexpr std::string_view kFact = "instance.growth.fork_rss";
  const auto timed =
      samples.empty() ? std::nullopt : integer_of(samples.back(), "latest_fork_usec");
  std::optional<std::int64_t> resident;
  for (std::size_t i = samples.size(); timed && *timed > 0 && i > 0; --i) {
    if (integer_of(samples[i - 1], "latest_fork_usec") != timed) break;
    resident = integer_of(samples[i - 1], "used_memory_rss");
  }
  if (resident) return facts.set(kFact, *resident, "bytes", kSource);
  facts.set_missing(kFact, FactState::unknown, kSource, "no sample has a timed fork");
}

}  // namespace

FactSet growth_facts(std::span<const Sample> samples) {
  FactSet facts;
  facts.set("instance.growth.samples", static_cast<std::int64_t>(samples.size()), "count", kSource);
  if (samples.empty()) {
    facts.set_missing("instance.growth.span", FactState::unknown, kSource, "there are no samples");
  } else {
    const auto span =
        std::chrono::floor<std::chrono::seconds>(samples.back().at - samples.front().at);
    facts.set("instance.growth.span", std::int64_t{span.count()}, "seconds", kSource);
  }
  set_fork_rss(facts, samples);
  const auto compared = redis::thin_out({samples.begin(), samples.end()}, kMostCompared);
  for (const MemoryPart& part : kMemoryParts) set_part(facts, compared, part);
  return facts;
}

}  // namespace forkmend::diagnosis
