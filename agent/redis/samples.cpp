// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/samples.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::redis {

namespace {

constexpr auto kFields = std::to_array<std::string_view>(
    {"aof_current_size", "latest_fork_usec", "mem_clients_normal", "mem_clients_slaves",
     "mem_replication_backlog", "rdb_last_bgsave_time_sec", "rdb_last_cow_size", "used_memory",
     "used_memory_dataset", "used_memory_rss"});

/// A counter, the facts that are added up for it, and the one that tells how many there are.
struct SampledCounter {
  std::string_view name;
  std::string_view prefix;
  std::string_view suffix;
  std::string_view levels;
};

constexpr auto kCgroupCounters = std::to_array<SampledCounter>({
    {"cgroup_oom_kill", "instance.memory.", ".oom_kill", "instance.memory.levels"},
    {"cgroup_pids_max", "instance.pids.", ".events_max", "instance.pids.levels"},
});
constexpr std::string_view kHostCounter = "host_oom_kill";
constexpr auto kCounters = std::to_array<std::string_view>(
    {kCgroupCounters[0].name, kCgroupCounters[1].name, kHostCounter});

std::optional<std::int64_t> sum_of(const FactSet& facts, const SampledCounter& counter) {
  const auto levels = facts.integer(counter.levels);
  if (!levels) return std::nullopt;
  std::int64_t sum = 0;
  for (std::int64_t level = 0; level < *levels; ++level) {
    std::string name(counter.prefix);
    name.append(std::to_string(level)).append(counter.suffix);
    const auto count = facts.integer(name);
    if (!count) return std::nullopt;
    sum += *count;
  }
  return sum;
}

bool is_sampled(std::string_view name) {
  return std::ranges::binary_search(kFields, name) || std::ranges::binary_search(kCounters, name);
}

Error bad_line(std::size_t number, std::string_view what, std::string_view expected) {
  return Error{Errc::invalid, "line " + std::to_string(number) + ": " + printable(what, 80) +
                                  " is no sample; expected " + std::string(expected)};
}

Result<Sample> parse_sample(std::string_view line, std::size_t number) {
  const auto words = split_blanks(line);
  const auto at = parse_time(words.front());
  if (!at) return bad_line(number, words.front(), "a time such as 2026-11-25T03:00:00Z");
  Sample sample{.at = *at, .values = {}};
  for (const std::string_view word : std::span(words).subspan(1)) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const auto value =
        equals == std::string_view::npos ? std::nullopt : parse_integer(word.substr(equals + 1));
    if (!value) return bad_line(number, word, "FIELD=NUMBER");
    if (!is_sampled(name)) continue;  // of a newer forkmend
    sample.values.emplace(name, *value);
  }
  return sample;
}

}  // namespace

std::span<const std::string_view> sampled_fields() {
  return kFields;
}

std::span<const std::string_view> sampled_counters() {
  return kCounters;
}

Sample sample_of(const FactSet& facts, WallTime at) {
  Sample sample{.at = at, .values = {}};
  for (const std::string_view field : kFields) {
    const auto value = facts.integer("redis." + std::string(field));
    if (value) sample.values.emplace(field, *value);
  }
  for (const SampledCounter& counter : kCgroupCounters) {
    const auto sum = sum_of(facts, counter);
    if (sum) sample.values.emplace(counter.name, *sum);
  }
  const auto kills = facts.integer("host.oom_kills");
  if (kills) sample.values.emplace(kHostCounter, *kills);
  return sample;
}

std::string to_line(const Sample& sample) {
  std::string line = format_time(sample.at);
  for (const auto& [field, value] : sample.values) {
    line.append(" ").append(field).append("=").append(std::to_string(value));
  }
  return line;
}

Result<std::vector<Sample>> parse_samples(std::string_view text) {
  std::vector<Sample> samples;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (trim(line).empty()) continue;
    auto sample = parse_sample(line, number);
    if (!sample) return sample.error();
    if (!samples.empty() && sample->at < samples.back().at) {
      return bad_line(number, format_time(sample->at), "a time that is not before the last line's");
    }
    samples.push_back(*std::move(sample));
  }
  return samples;
}

std::vector<Sample> thin_out(std::vector<Sample> samples, std::size_t most) {
  while (samples.size() > std::max<std::size_t>(most, 1)) {
    const std::size_t old = std::max<std::size_t>(samples.size() / 2, 1);
    std::vector<Sample> kept;
    kept.reserve(samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (i >= old || i % 2 == 1) kept.push_back(std::move(samples[i]));
    }
    samples = std::move(kept);
  }
  return samples;
}

}  // namespace forkmend::redis
