// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/proof_cost.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "forecast/outlooks.hpp"

namespace forkmend::engine {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// rdb_last_save_time has whole seconds.
constexpr std::chrono::seconds kSurelyLater{2};

std::optional<std::int64_t> percent(std::optional<std::int64_t> part,
                                    std::optional<std::int64_t> whole) {
  if (!part || !whole) return std::nullopt;
  if (*whole <= 0) return *part > 0 ? 100 : 0;
  return std::llround(100.0 * static_cast<double>(*part) / static_cast<double>(*whole));
}

std::string limit_of(std::string_view table, std::string_view key, const std::string& limit) {
  return ", above " + limit + " (" + std::string(table) + "." + std::string(key) + ")";
}

std::string percent_text(double value) {
  return std::to_string(std::llround(value)) + " %";
}

void add_pressure(std::vector<std::string>& reasons, std::string_view resource,
                  std::optional<double> pressure, std::optional<std::int64_t> limit) {
  if (!pressure || !limit || *pressure <= static_cast<double>(*limit)) return;
  const std::string key = std::string(resource) + "_pressure";
  reasons.push_back(std::string(resource) + " pressure is " + percent_text(*pressure) +
                    limit_of("abort_above", key, std::to_string(*limit) + " %"));
}

std::string rate_text(double rate) {
  return format_count(std::llround(rate)) + " changes a second";
}

std::string free_text(std::optional<std::int64_t> copied, std::optional<std::int64_t> free) {
  const auto part = percent(copied, free);
  if (!part) return {};
  return " (" + std::to_string(*part) + " % of " + format_size(*free) + " that are free)";
}

}  // namespace

ExpectedCost expected_cost(const FactSet& facts, std::optional<double> changes_per_second) {
  ExpectedCost cost;
  cost.changes_per_second = changes_per_second;
  const auto changes = facts.integer("redis.rdb_changes_since_last_save");
  const auto now = facts.integer("redis.server_time_usec");
  const auto saved = facts.integer("redis.rdb_last_save_time");
  if (!changes_per_second && changes && now && saved && *now / 1'000'000 > *saved) {
    const std::int64_t seconds = *now / 1'000'000 - *saved;
    cost.changes_per_second = static_cast<double>(*changes) / static_cast<double>(seconds);
    cost.since_last_save = true;
  }
  const auto fork = forecast::fork_time_outlook(facts);
  if (fork.estimate) cost.fork_time = milliseconds(fork.estimate->likely);
  const auto copies = forecast::copy_outlook(facts, changes_per_second);
  if (copies.estimate) cost.copied = copies.estimate->likely;
  cost.free = forecast::free_memory(facts);
  return cost;
}

std::string to_string(const ExpectedCost& cost) {
  std::vector<std::string> parts;
  if (cost.changes_per_second) {
    parts.push_back(rate_text(*cost.changes_per_second) +
                    (cost.since_last_save ? " since the last save" : ""));
  }
  if (cost.fork_time) parts.push_back("fork() about " + format_duration(*cost.fork_time));
  if (cost.copied) {
    parts.push_back("copies of about " + format_size(*cost.copied) +
                    free_text(cost.copied, cost.free));
  }
  return parts.empty() ? "what it will cost is not known" : join(parts, ", ");
}

std::vector<std::string> reasons_to_put_off(const ExpectedCost& cost,
                                            const policy::PutOffAbove& put_off,
                                            const policy::AbortAbove& abort) {
  std::vector<std::string> reasons;
  const auto& rate = cost.changes_per_second;
  const auto& most = put_off.changes_per_second;
  if (rate && most && *rate > static_cast<double>(*most)) {
    reasons.push_back(rate_text(*rate) +
                      limit_of("put_off_above", "changes_per_second", format_count(*most)));
  }
  if (cost.fork_time && put_off.fork_time && *cost.fork_time > *put_off.fork_time) {
    reasons.push_back("fork() would take about " + format_duration(*cost.fork_time) +
                      limit_of("put_off_above", "fork_time", format_duration(*put_off.fork_time)));
  }
  const auto part = percent(cost.copied, cost.free);
  if (part && put_off.copied_of_free && *part > *put_off.copied_of_free) {
    reasons.push_back("copies would take about " + format_size(*cost.copied) + ", " +
                      std::to_string(*part) + " % of what is free" +
                      limit_of("put_off_above", "copied_of_free",
                               std::to_string(*put_off.copied_of_free) + " %"));
  }
  add_pressure(reasons, "memory", cost.memory_pressure, abort.memory_pressure);
  add_pressure(reasons, "io", cost.io_pressure, abort.io_pressure);
  return reasons;
}

std::optional<std::int64_t> copied_of_free(const RunningCost& cost) {
  if (!cost.copied || !cost.free) return std::nullopt;
  return percent(cost.copied, *cost.copied + *cost.free);
}

std::vector<std::string> reasons_to_abort(const RunningCost& cost,
                                          const policy::AbortAbove& limits) {
  std::vector<std::string> reasons;
  const auto part = copied_of_free(cost);
  if (part && limits.copied_of_free && *part > *limits.copied_of_free) {
    reasons.push_back(
        format_size(*cost.copied) + " are copied, " + std::to_string(*part) +
        " % of what was free" +
        limit_of("abort_above", "copied_of_free", std::to_string(*limits.copied_of_free) + " %"));
  }
  if (limits.answer_time && cost.answer_time > *limits.answer_time) {
    reasons.push_back("the server takes " + format_duration(cost.answer_time) + " to answer" +
                      limit_of("abort_above", "answer_time", format_duration(*limits.answer_time)));
  }
  add_pressure(reasons, "memory", cost.memory_pressure, limits.memory_pressure);
  add_pressure(reasons, "io", cost.io_pressure, limits.io_pressure);
  return reasons;
}

RunningCost peak_of(const RunningCost& a, const RunningCost& b) {
  RunningCost peak{.copied = a.copied,
                   .free = a.free,
                   .answer_time = std::max(a.answer_time, b.answer_time),
                   .memory_pressure = std::max(a.memory_pressure, b.memory_pressure),
                   .io_pressure = std::max(a.io_pressure, b.io_pressure)};
  if (!a.copied || (b.copied && *b.copied >= *a.copied)) {
    peak.copied = b.copied;
    peak.free = b.free;
  }
  return peak;
}

std::string to_string(const RunningCost& peak) {
  std::vector<std::string> parts;
  if (peak.copied) {
    const auto part = copied_of_free(peak);
    const std::string of = part ? " (" + std::to_string(*part) + " % of what was free)" : "";
    parts.push_back("at most " + format_size(*peak.copied) + " copied" + of);
  }
  parts.push_back("answers within " + format_duration(peak.answer_time));
  if (peak.memory_pressure) {
    parts.push_back("memory pressure " + percent_text(*peak.memory_pressure));
  }
  if (peak.io_pressure) parts.push_back("io pressure " + percent_text(*peak.io_pressure));
  return join(parts, ", ");
}

std::optional<ChangeReading> change_reading(const FactSet& facts, std::optional<microseconds> at) {
  const auto changes = facts.integer("redis.rdb_changes_since_last_save");
  const auto saved = facts.integer("redis.rdb_last_save_time");
  const auto now = facts.integer("redis.server_time_usec");
  if (now) at = microseconds(*now);
  if (!changes || !saved || !at) return std::nullopt;
  return ChangeReading{.changes = *changes, .last_save = *saved, .at = *at};
}

std::optional<double> changes_per_second(const ChangeReading& earlier, const ChangeReading& later) {
  const auto span = later.at - earlier.at;
  if (span < kRateSpan || span > kRateIsOld) return std::nullopt;
  if (later.last_save != earlier.last_save || later.changes < earlier.changes) return std::nullopt;
  const std::chrono::duration<double> seconds = span;
  return static_cast<double>(later.changes - earlier.changes) / seconds.count();
}

bool is_surely_calm(const ChangeReading& now, std::optional<std::int64_t> changes_per_second) {
  if (!changes_per_second) return true;
  const std::chrono::seconds saved(now.last_save);
  if (now.at < saved + kSurelyLater) return false;
  const std::chrono::duration<double> span = kRateSpan;
  return static_cast<double>(now.changes) <=
         span.count() * static_cast<double>(*changes_per_second);
}

}  // namespace forkmend::engine
