// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What makes saves dear in memory although they go well.
#include <algorithm>
#include <array>
#include <string>

#include "base/units.hpp"
#include "diagnosis/space_limits.hpp"
#include "diagnosis/strain_case.hpp"
#include "forecast/cgroup_levels.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
/// Below this nothing is worth a word.
constexpr std::int64_t kMeaningful = 100 * kMiB;
/// "full" pressure at which work visibly stands still, percent of a minute.
constexpr double kStalled = 10.0;

/// More than `part` of `whole`, in percent; false for nonsense.
bool is_share(std::int64_t part, std::int64_t whole, int percent) {
  return whole > 0 && static_cast<double>(part) * 100 >= static_cast<double>(whole) * percent;
}

std::string percent_text(double percent) {
  return std::to_string(static_cast<int>(percent)) + " %";
}

/// The last save copied at least half of the data.
std::optional<Evidence> dear_copy(const StrainCase& strain_case) {
  const auto copied = strain_case.integer("redis.rdb_last_cow_size");
  const auto used = strain_case.integer("redis.used_memory");
  if (!copied || !used || *copied < kMeaningful || !is_share(*copied, *used, 50)) {
    return std::nullopt;
  }
  return strain_case.witness("redis.rdb_last_cow_size",
                             "the last save copied " + format_size(*copied) + " of " +
                                 format_size(*used) + ", so that one write copies much more.");
}

struct HugePages {
  std::int64_t bytes = 0;
  bool own = false;  ///< of this process, not of the whole host
};

std::optional<HugePages> huge_pages(const StrainCase& strain_case) {
  if (const auto own = strain_case.integer("instance.anon_huge")) return HugePages{*own, true};
  const auto all = strain_case.integer("host.anon_huge_pages");
  const auto resident = strain_case.integer("instance.rss_anon");
  if (!all || !resident) return std::nullopt;
  return HugePages{std::min(*all, *resident), false};
}

}  // namespace

std::optional<Cause> find_thp(const StrainCase& strain_case) {
  if (strain_case.text("host.thp_enabled") != "always") return std::nullopt;
  // From 6.2 on the server exempts itself (disable-thp).
  if (strain_case.observation.facts.flag("instance.thp_disabled") == true) return std::nullopt;
  const auto huge = huge_pages(strain_case);
  const auto resident = strain_case.integer("instance.rss_anon");
  if (!huge || !resident || huge->bytes < kMeaningful || !is_share(huge->bytes, *resident, 10)) {
    return std::nullopt;
  }
  Cause cause{.id = "thp", .confidence = Confidence::possible, .evidence = {}};
  cause.evidence.push_back(strain_case.witness(
      "host.thp_enabled", "always: a write after a fork may copy 2 MiB instead of 4 KiB."));
  cause.evidence.push_back(strain_case.witness(
      huge->own ? "instance.anon_huge" : "host.anon_huge_pages",
      huge->own ? format_size(huge->bytes) + " of the server's " + format_size(*resident) +
                      " are huge pages."
                : "up to " + format_size(huge->bytes) + " of the server's " +
                      format_size(*resident) + " are huge pages, by the count of the whole host."));
  if (huge->own) cause.confidence = Confidence::likely;
  if (auto dear = dear_copy(strain_case)) {
    cause.confidence = huge->own ? Confidence::proven : Confidence::likely;
    cause.evidence.push_back(std::move(*dear));
  }
  return cause;
}

std::optional<Cause> find_fragmentation(const StrainCase& strain_case) {
  const auto ratio = strain_case.number("redis.mem_fragmentation_ratio");
  const auto used = strain_case.integer("redis.used_memory");
  const auto resident = strain_case.integer("redis.used_memory_rss");
  if (!ratio || !used || !resident || *used < 0 || *ratio <= 1.5) return std::nullopt;
  if (*resident < *used || *resident - *used < kMeaningful) return std::nullopt;
  // With pages swapped out the ratio says nothing.
  if (strain_case.integer("instance.vm_swap").value_or(0) > 0) return std::nullopt;
  Cause cause{.id = "fragmentation", .confidence = Confidence::likely, .evidence = {}};
  cause.evidence.push_back(
      strain_case.witness("redis.used_memory_rss",
                          format_size(*resident) + " resident for " + format_size(*used) +
                              " of data: limits and copy-on-write are met that much earlier."));
  struct Layer {
    std::string_view fact;
    std::string_view says;
  };
  constexpr auto kLayers = std::to_array<Layer>(
      {{"redis.allocator_frag_ratio",
        "within the allocator's pages (active defragmentation helps)"},
       {"redis.allocator_rss_ratio", "pages the allocator keeps (MEMORY PURGE helps)"}});
  for (const Layer& layer : kLayers) {
    const auto value = strain_case.number(layer.fact);
    if (!value || *value <= 1.2) continue;
    cause.evidence.push_back(strain_case.witness(
        layer.fact,
        percent_text(*value * 100) + " of what is used, " + std::string(layer.says) + "."));
  }
  return cause;
}

std::optional<Cause> find_swap_thrash(const StrainCase& strain_case) {
  const auto swapped = strain_case.integer("instance.vm_swap");
  const auto resident = strain_case.integer("instance.rss");
  if (!swapped || !resident || *swapped < kMeaningful || *resident < 0) return std::nullopt;
  if (!is_share(*swapped, *resident, 10)) return std::nullopt;
  Cause cause{.id = "swap-thrash", .confidence = Confidence::possible, .evidence = {}};
  cause.evidence.push_back(strain_case.witness(
      "instance.vm_swap",
      format_size(*swapped) + " of the server are swapped out: a save reads all of it back."));
  const auto stalled = strain_case.number("host.pressure.memory_full");
  if (stalled && *stalled >= kStalled) {
    cause.confidence = Confidence::likely;
    cause.evidence.push_back(strain_case.witness(
        "host.pressure.memory_full",
        "in " + percent_text(*stalled) + " of the last minute every task waited for memory."));
  }
  return cause;
}

std::optional<Cause> find_memory_high_throttle(const StrainCase& strain_case) {
  const auto& outlook = strain_case.observation.forecast.throttle;
  Cause cause{.id = "memory-high-throttle", .confidence = Confidence::likely, .evidence = {}};
  if (outlook.throttled == forecast::Throttled::fork) {
    cause.evidence.push_back(Evidence{"memory.high", outlook.says, false});
  }
  const FactSet& facts = strain_case.observation.facts;
  for (const std::string& level : forecast::level_prefixes(facts, forecast::Controller::memory)) {
    const auto times = strain_case.integer(level + "events_high");
    const auto high = strain_case.integer(level + "high");
    const auto current = strain_case.integer(level + "current");
    if (!times || *times <= 0 || !high || !current || *current < *high) continue;
    cause.confidence = Confidence::proven;
    cause.evidence.push_back(strain_case.witness(
        level + "events_high",
        "high is " + format_count(*times) + ": so many times it was slowed down there."));
  }
  if (cause.evidence.empty()) return std::nullopt;
  return cause;
}

std::optional<Cause> find_map_count(const StrainCase& strain_case) {
  auto evidence = met_space_limits(strain_case.observation.facts);
  if (evidence.empty()) return std::nullopt;
  return Cause{
      .id = "map-count", .confidence = Confidence::likely, .evidence = std::move(evidence)};
}

}  // namespace forkmend::diagnosis
