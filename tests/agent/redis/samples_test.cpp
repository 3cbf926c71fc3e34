// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/redis/log_expectations.hpp"

namespace forkmend::redis {
namespace {

using forkmend::testing::at;

std::vector<Sample> minutes_of_samples(int count) {
  std::vector<Sample> samples;
  samples.reserve(static_cast<std::size_t>(count));
  for (int minute = 0; minute < count; ++minute) {
    samples.push_back({.at = at("2026-11-25T03:00:00Z") + std::chrono::minutes(minute),
                       .values = {{"used_memory", minute}}});
  }
  return samples;
}

TEST(Samples, AreReadAsTheyWereWritten) {
  const auto samples = minutes_of_samples(3);
  std::string text;
  for (const Sample& sample : samples) text += to_line(sample) + "\n";
  EXPECT_EQ(parse_samples(text).value(), samples);
  EXPECT_TRUE(parse_samples("").value().empty());
}

TEST(Samples, KeepOnlyTheFieldsThatAreSampled) {
  FactSet facts;
  facts.set("redis.used_memory", std::int64_t{7}, "bytes", "INFO");
  facts.set("redis.redis_version", std::string("7.0.15"), "", "INFO");
  facts.set("redis.connected_clients", std::int64_t{3}, "", "INFO");
  const Sample sample = sample_of(facts, at("2026-11-25T03:00:00Z"));
  EXPECT_EQ(to_line(sample), "2026-11-25T03:00:00.000Z used_memory=7");
  EXPECT_TRUE(std::ranges::is_sorted(sampled_fields()));
}

TEST(Samples, CountersAreSumsOverAllLevels) {
  FactSet facts;
  facts.set("host.oom_kills", std::int64_t{4}, "count", "/proc/vmstat");
  facts.set("instance.pids.levels", std::int64_t{2}, "count", "");
  facts.set("instance.pids.0.events_max", std::int64_t{3}, "count", "");
  facts.set("instance.pids.1.events_max", std::int64_t{17}, "count", "");
  facts.set("instance.memory.levels", std::int64_t{2}, "count", "");
  facts.set("instance.memory.0.oom_kill", std::int64_t{5}, "count", "");
  facts.set_missing("instance.memory.1.oom_kill", FactState::unreadable, "", "hidden");
  const Sample sample = sample_of(facts, at("2026-11-25T03:00:00Z"));
  EXPECT_EQ(to_line(sample), "2026-11-25T03:00:00.000Z cgroup_pids_max=20 host_oom_kill=4");
  EXPECT_EQ(parse_samples(to_line(sample)).value().front(), sample);
  EXPECT_TRUE(std::ranges::is_sorted(sampled_counters()));
}

TEST(Samples, FieldsOfANewerForkmendAreLetBe) {
  const auto samples = parse_samples("2026-11-25T03:00:00Z used_memory=7 of_the_future=8\n");
  EXPECT_EQ(samples.value().front().values.size(), 1U);
}

TEST(Samples, AnErrorNamesLineAndWord) {
  const auto error_of = [](std::string_view text) {
    const auto samples = parse_samples(text);
    return samples ? std::string("none") : samples.error().message;
  };
  EXPECT_EQ(error_of("2026-11-25T03:00:00Z used_memory=7\nnoon used_memory=8\n"),
            "line 2: noon is no sample; expected a time such as 2026-11-25T03:00:00Z");
  EXPECT_EQ(error_of("2026-11-25T03:00:00Z used_memory=many\n"),
            "line 1: used_memory=many is no sample; expected FIELD=NUMBER");
  EXPECT_EQ(error_of("2026-11-25T03:00:00Z used_memory\n"),
            "line 1: used_memory is no sample; expected FIELD=NUMBER");
  EXPECT_NE(error_of("2026-11-25T03:00:00Z a=1\n2026-11-25T02:00:00Z a=1\n").find("line 2"),
            std::string::npos);
}

TEST(ThinOut, KeepsTheNewHalfAndEverySecondOfTheOld) {
  const auto kept = thin_out(minutes_of_samples(8), 6);
  std::vector<std::int64_t> left;
  left.reserve(kept.size());
  for (const Sample& sample : kept) left.push_back(sample.values.begin()->second);
  EXPECT_EQ(left, (std::vector<std::int64_t>{1, 3, 4, 5, 6, 7}));
}

TEST(ThinOut, KeepsTheNewestWhateverTheBound) {
  for (const std::size_t most : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
    const auto kept = thin_out(minutes_of_samples(1000), most);
    ASSERT_LE(kept.size(), std::max<std::size_t>(most, 1));
    EXPECT_EQ(kept.back().values.begin()->second, 999);
  }
}

}  // namespace
}  // namespace forkmend::redis
