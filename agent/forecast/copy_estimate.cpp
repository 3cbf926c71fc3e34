// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/copy_estimate.hpp"

#include <algorithm>
#include <cmath>

#include "base/units.hpp"
#include "forecast/arithmetic.hpp"

namespace forkmend::forecast {

namespace {

constexpr std::int64_t kHugePage = std::int64_t{2} << 20;
/// What a child writes in a second, where no save has been timed.
constexpr std::int64_t kBytesPerSecond = std::int64_t{50} << 20;
/// Pages that one change of a key writes to: its value, and entry and table of the dictionary.
constexpr double kLeastPagesPerChange = 1;
constexpr double kLikelyPagesPerChange = 3;

std::optional<std::int64_t> anonymous_memory(RuleReader& reader) {
  for (const auto* name : {"instance.rss_anon", "redis.used_memory_rss", "redis.used_memory"}) {
    if (const auto bytes = reader.look(name); bytes && *bytes >= 0) return bytes;
  }
  reader.miss("instance.rss_anon");
  return std::nullopt;
}

/// Before 5.8 one write copies a whole huge page.
std::int64_t copied_at_once(RuleReader& reader) {
  const std::int64_t page = reader.look("host.page_size").value_or(4096);
  const auto whole = copies_whole_huge_pages(reader.look_text("host.kernel_release").value_or(""));
  if (!whole.value_or(false)) return page;
  const bool always = reader.look_text("host.thp_enabled") == "always";
  const bool off = reader.look_flag("instance.thp_disabled").value_or(false);
  return always && !off ? kHugePage : page;
}

/// Changes a second since the last save; nullopt: not told.
std::optional<double> change_rate(RuleReader& reader) {
  const auto changes = reader.look("redis.rdb_changes_since_last_save");
  const auto now_usec = reader.look("redis.server_time_usec");
  const auto saved = reader.look("redis.rdb_last_save_time");
  if (!changes || !now_usec || !saved || *changes < 0) return std::nullopt;
  const std::int64_t seconds = subtract_clamped(*now_usec / 1'000'000, *saved);
  if (seconds <= 0) return std::nullopt;
  return static_cast<double>(*changes) / static_cast<double>(seconds);
}

/// Seconds that a child lives.
double save_seconds(RuleReader& reader, std::int64_t memory) {
  const auto last = reader.look("redis.rdb_last_bgsave_time_sec");
  if (last && *last >= 0) return static_cast<double>(std::max<std::int64_t>(*last, 1));
  return std::max(1.0, static_cast<double>(memory) / static_cast<double>(kBytesPerSecond));
}

struct Span {
  std::int64_t low = 0;
  std::int64_t likely = 0;
};

std::optional<Span> by_rate(RuleReader& reader, std::int64_t memory,
                            std::optional<double> measured) {
  const auto rate = measured ? measured : change_rate(reader);
  if (!rate) return std::nullopt;
  const std::int64_t unit = copied_at_once(reader);
  const std::int64_t pages = std::max<std::int64_t>(memory / std::max<std::int64_t>(unit, 1), 1);
  const double changes = *rate * save_seconds(reader, memory);
  return Span{multiply_clamped(pages_touched(pages, changes * kLeastPagesPerChange), unit),
              multiply_clamped(pages_touched(pages, changes * kLikelyPagesPerChange), unit)};
}

std::optional<Span> by_last_save(RuleReader& reader) {
  const auto last = reader.look("redis.rdb_last_cow_size");
  if (!last || *last <= 0) return std::nullopt;
  return Span{*last / 2, add_clamped(*last, *last / 4)};
}

std::string basis_of(const std::optional<Span>& measured, const std::optional<Span>& rate) {
  if (measured && rate) return "what the last save copied and the rate of changes";
  if (measured) return "what the last save copied";
  return rate ? "the rate of changes" : "half of its memory, as no save has measured it yet";
}

Span combine(const std::optional<Span>& measured, const std::optional<Span>& rate,
             std::int64_t memory) {
  if (measured && rate) {
    return {std::min(measured->low, rate->low), std::max(measured->likely, rate->likely)};
  }
  if (measured) return *measured;
  return rate ? *rate : Span{memory / 20, memory / 2};
}

}  // namespace

std::int64_t pages_touched(std::int64_t pages, double writes) {
  if (pages <= 0 || writes <= 0) return 0;
  const auto all = static_cast<double>(pages);
  const double touched = -all * std::expm1(-writes / all);
  return std::min(pages, static_cast<std::int64_t>(std::ceil(touched)));
}

std::optional<CopyEstimate> read_copy_estimate(RuleReader& reader,
                                               std::optional<double> changes_per_second) {
  const auto memory = anonymous_memory(reader);
  if (!memory) return std::nullopt;
  const auto measured = by_last_save(reader);
  const auto rate = by_rate(reader, *memory, changes_per_second);
  const Span span = combine(measured, rate, *memory);
  CopyEstimate estimate;
  estimate.page_tables = reader.look("instance.vm_pte").value_or(*memory / 512);
  estimate.basis = basis_of(measured, rate);
  const auto with_tables = [&](std::int64_t bytes) {
    return add_clamped(std::min(bytes, *memory), estimate.page_tables);
  };
  estimate.bytes = {with_tables(span.low), with_tables(span.likely), with_tables(*memory)};
  return estimate;
}

}  // namespace forkmend::forecast
