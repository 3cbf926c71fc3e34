// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <cerrno>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/cgroup_levels.hpp"
#include "forecast/rule_reader.hpp"
#include "forecast/rules.hpp"

namespace forkmend::forecast {

namespace {

struct PidsLevel {
  std::int64_t current = 0;
  std::int64_t max = kUnlimited;
  std::string name;

  /// pids_try_charge(): refused when current + 1 > max.
  [[nodiscard]] std::int64_t margin() const {
    return subtract_clamped(subtract_clamped(max, current), 1);
  }
};

std::string pids_fact(std::int64_t level, std::string_view part) {
  return level_fact(Controller::pids, level, part);
}

/// nullopt: the level has no limit, or an input is missing (the reader knows).
std::optional<PidsLevel> read_pids_level(RuleReader& reader, std::int64_t number) {
  const auto max = reader.need(pids_fact(number, "max"));
  if (!max || *max == kUnlimited) return std::nullopt;
  const auto current = reader.need(pids_fact(number, "current"));
  if (!current) return std::nullopt;
  const auto path = reader.look_text(pids_fact(number, "path"));
  const std::string name =
      path ? printable(*path) : "cgroup level " + std::to_string(number) + " of the server";
  return PidsLevel{*current, *max, name};
}

/// The level with the least room; nullopt when none has a limit.
std::optional<PidsLevel> tightest_pids_level(RuleReader& reader, std::int64_t levels) {
  std::optional<PidsLevel> tightest;
  for (std::int64_t number = 0; number < bounded_levels(levels); ++number) {
    auto level = read_pids_level(reader, number);
    if (level && (!tightest || level->margin() < tightest->margin())) tightest = std::move(level);
  }
  return tightest;
}

}  // namespace

std::optional<RuleForecast> pids_rule(const FactSet& facts) {
  constexpr std::string_view kId = "PIDS";
  constexpr std::string_view kLevels = "instance.pids.levels";
  RuleReader reader(facts);
  if (reader.absent(kLevels)) {
    return reader.admitted(kId, EAGAIN, "No pids controller limits this server.");
  }
  const auto levels = reader.need(kLevels);
  if (!levels) return reader.unknown(kId, EAGAIN);
  const auto tightest = tightest_pids_level(reader, *levels);
  const bool refused = tightest && tightest->margin() < 0;
  // One level that refuses is enough, whatever the unreadable ones hold.
  if (!refused && !reader.complete()) return reader.unknown(kId, EAGAIN);
  if (!tightest) {
    return reader.admitted(kId, EAGAIN, "No cgroup above this server has a pids.max.");
  }
  RuleForecast rule = reader.admitted(kId, EAGAIN, "");
  rule.verdict = refused ? Verdict::refused : Verdict::admitted;
  rule.margin = tightest->margin();
  rule.unit = "count";
  rule.says = std::string(refused ? "Refused: " : "Admitted: ") + format_count(tightest->current) +
              " tasks are in " + tightest->name + ", its pids.max is " +
              format_count(tightest->max) + ".";
  return rule;
}

}  // namespace forkmend::forecast
