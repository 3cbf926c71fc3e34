// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/save_points.hpp"

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::remediations {

namespace {

/// nullopt: the server's clock or its last save is not known.
std::optional<std::int64_t> seconds_since_save(const FactSet& facts) {
  const auto now = facts.integer("redis.server_time_usec");
  const auto saved = facts.integer("redis.rdb_last_save_time");
  if (!now || !saved) return std::nullopt;
  return std::max<std::int64_t>(*now / 1'000'000 - *saved, 0);
}

}  // namespace

std::optional<std::vector<SavePoint>> parse_save_points(std::string_view text) {
  const auto words = split_blanks(text);
  if (words.size() % 2 != 0) return std::nullopt;
  std::vector<SavePoint> points;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto seconds = parse_integer(words[i]);
    const auto changes = parse_integer(words[i + 1]);
    if (!seconds || !changes || *seconds < 1 || *changes < 0) return std::nullopt;
    points.push_back({*seconds, *changes});
  }
  return points;
}

std::optional<double> save_interval(const std::vector<SavePoint>& points,
                                    double changes_per_second) {
  std::optional<double> shortest;
  for (const SavePoint& point : points) {
    if (changes_per_second <= 0) continue;
    const double filled = static_cast<double>(point.changes) / changes_per_second;
    const double interval = std::max(static_cast<double>(point.seconds), filled);
    shortest = std::min(shortest.value_or(interval), interval);
  }
  return shortest;
}

std::optional<double> change_rate(const FactSet& facts) {
  const auto changes = facts.integer("redis.rdb_changes_since_last_save");
  const auto seconds = seconds_since_save(facts);
  if (!changes || !seconds || *seconds <= 0 || *changes < 0) return std::nullopt;
  return static_cast<double>(*changes) / static_cast<double>(*seconds);
}

bool is_rarer(const std::vector<SavePoint>& fewer, const std::vector<SavePoint>& more) {
  return std::ranges::all_of(fewer, [&](const SavePoint& rare) {
    return std::ranges::any_of(more, [&](const SavePoint& often) {
      return often.seconds <= rare.seconds && often.changes <= rare.changes;
    });
  });
}

bool save_is_overdue(const FactSet& facts) {
  constexpr std::int64_t kRetried = 10;
  const auto text = facts.text("redis.config.save");
  const auto points = text ? parse_save_points(*text) : std::nullopt;
  const auto changes = facts.integer("redis.rdb_changes_since_last_save");
  const auto seconds = seconds_since_save(facts);
  if (!points || !changes || !seconds) return false;
  return std::ranges::any_of(*points, [&](const SavePoint& point) {
    return *changes >= point.changes && *seconds > point.seconds + kRetried;
  });
}

std::string at_risk(const FactSet& facts) {
  const auto changes = facts.integer("redis.rdb_changes_since_last_save");
  std::string text = changes ? format_count(*changes) + " changes" : "everything";
  const auto seconds = seconds_since_save(facts);
  if (!seconds) return text + " since the last good save";
  return text + " of the last " + format_duration(std::chrono::seconds(*seconds));
}

}  // namespace forkmend::remediations
