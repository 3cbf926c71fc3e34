// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/growth.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

using redis::Sample;
using Hours = std::chrono::duration<double, std::ratio<3600>>;

constexpr std::int64_t kHour = 3600;

/// One sample each ten minutes, ending at the scene's time; bytes by the hours since the first.
std::vector<Sample> samples_over(double hours, const std::function<std::int64_t(double)>& used,
                                 std::int64_t overhead = 0) {
  std::vector<Sample> samples;
  const int count = static_cast<int>(hours * 6);
  for (int i = 0; i <= count; ++i) {
    const double hour = static_cast<double>(i) / 6;
    const auto at = std::chrono::round<std::chrono::seconds>(Hours(hour - hours));
    samples.push_back({.at = scene_time() + at,
                       .values = {{"used_memory", used(hour)},
                                  {"used_memory_dataset", used(hour) - overhead},
                                  {"mem_clients_normal", overhead},
                                  {"used_memory_rss", used(hour) + 50 * kMiB}}});
  }
  return samples;
}

std::int64_t steady(double hour) {
  return kGiB + static_cast<std::int64_t>(hour * 100) * kMiB;
}

Scene with_samples(const std::vector<Sample>& samples) {
  Scene scene;
  const FactSet facts = growth_facts(samples);
  for (const auto& [name, fact] : facts.all()) {
    if (fact.state == FactState::value) scene.set(name, fact.value);
  }
  scene.set("redis.used_memory", samples.back().values.at("used_memory"))
      .set("redis.used_memory_rss", samples.back().values.at("used_memory_rss"));
  return scene;
}

std::string growth_of(Scene& scene) {
  const Diagnosis diagnosis = scene.diagnose();
  const auto found = std::ranges::find(diagnosis.strains, "memory-growth", &Cause::id);
  return found != diagnosis.strains.end() ? std::string(to_string(found->confidence)) : "none";
}

TEST(GrowthFacts, AreBytesADay) {
  const FactSet facts = growth_facts(samples_over(8, steady));
  const auto per_day = facts.integer("instance.growth.used_memory").value();
  EXPECT_NEAR(static_cast<double>(per_day), 2400.0 * kMiB, 10.0 * kMiB);
  EXPECT_EQ(facts.integer("instance.growth.allocator"), 0);
  EXPECT_EQ(facts.integer("instance.growth.span"), 8 * kHour);
  EXPECT_EQ(facts.number("instance.growth.used_memory_steady"), 100.0);
}

TEST(GrowthFacts, AreUnknownWithTooFewSamples) {
  const auto samples = samples_over(0.2, steady);
  ASSERT_EQ(samples.size(), 2U);
  const FactSet facts = growth_facts(samples);
  EXPECT_EQ(facts.integer("instance.growth.samples"), 2);
  EXPECT_EQ(facts.find("instance.growth.used_memory")->state, FactState::unknown);
  EXPECT_EQ(growth_facts({}).find("instance.growth.span")->state, FactState::unknown);
}

Sample timed(std::int64_t fork_usec, std::int64_t rss) {
  return {.at = scene_time(),
          .values = {{"latest_fork_usec", fork_usec}, {"used_memory_rss", rss}}};
}

TEST(GrowthFacts, KnowTheMemoryThatTheLastForkWasTimedWith) {
  const auto fork_rss = [](const std::vector<Sample>& samples) {
    return growth_facts(samples).integer("instance.growth.fork_rss");
  };
  EXPECT_EQ(fork_rss({timed(700, kGiB), timed(900, 2 * kGiB), timed(900, 3 * kGiB),
                      timed(900, 5 * kGiB)}),
            2 * kGiB);
  EXPECT_EQ(fork_rss({timed(900, kGiB), timed(700, 2 * kGiB), timed(900, 3 * kGiB)}), 3 * kGiB);
  EXPECT_EQ(fork_rss({timed(0, kGiB)}), std::nullopt) << "it has not forked yet";
  EXPECT_EQ(fork_rss(samples_over(8, steady)), std::nullopt);
}

TEST(GrowthFacts, ThePeakOfOneMomentDoesNotCount) {
  auto samples = samples_over(8, [](double) { return kGiB; });
  samples.back().values["used_memory"] = 9 * kGiB;
  EXPECT_EQ(growth_facts(samples).integer("instance.growth.used_memory"), 0);
}

TEST(MemoryGrowth, IsLikelyAfterHoursAndPossibleBefore) {
  Scene long_time = with_samples(samples_over(8, steady));
  EXPECT_EQ(growth_of(long_time), "likely");
  Scene short_time = with_samples(samples_over(3, steady));
  EXPECT_EQ(growth_of(short_time), "possible");
}

TEST(MemoryGrowth, IsNoneWhereMemoryIsFlatOrSwings) {
  Scene flat = with_samples(samples_over(24, [](double) { return 4 * kGiB; }));
  EXPECT_EQ(growth_of(flat), "none");
  Scene swings = with_samples(samples_over(24, [](double hour) {
    return 4 * kGiB + static_cast<std::int64_t>(hour * 6) % 7 * 200 * kMiB;
  }));
  EXPECT_EQ(growth_of(swings), "none");
}

TEST(MemoryGrowth, IsNoneWithoutEnoughTimeOrAmount) {
  Scene start = with_samples(samples_over(0.5, steady));
  EXPECT_EQ(growth_of(start), "none");
  Scene little = with_samples(samples_over(
      24, [](double hour) { return 4 * kGiB + static_cast<std::int64_t>(hour * 4) * kMiB; }));
  EXPECT_EQ(growth_of(little), "none");
}

TEST(MemoryGrowth, TellsWhichPartGrowsAndHowLongItLasts) {
  Scene scene = with_samples(samples_over(10, steady));
  const std::int64_t used = steady(10);
  scene.set("redis.maxmemory", used + 2400 * kMiB);
  const Diagnosis diagnosis = scene.diagnose();
  const auto found = std::ranges::find(diagnosis.strains, "memory-growth", &Cause::id);
  ASSERT_NE(found, diagnosis.strains.end());
  ASSERT_EQ(found->evidence.size(), 3U);
  EXPECT_NE(found->evidence[1].says.find("the data itself"), std::string::npos);
  EXPECT_NE(found->evidence[2].says.find("until maxmemory: at this pace 1 d"), std::string::npos)
      << found->evidence[2].says;
}

TEST(MemoryGrowth, OfResidentMemoryAloneIsTheAllocators) {
  auto samples = samples_over(8, [](double) { return 2 * kGiB; });
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].values["used_memory_rss"] = 2 * kGiB + static_cast<std::int64_t>(i) * 20 * kMiB;
  }
  Scene scene = with_samples(samples);
  const Diagnosis diagnosis = scene.diagnose();
  const auto found = std::ranges::find(diagnosis.strains, "memory-growth", &Cause::id);
  ASSERT_NE(found, diagnosis.strains.end());
  EXPECT_NE(found->evidence[1].says.find("fragmentation or a leak"), std::string::npos);
}

}  // namespace
}  // namespace forkmend::diagnosis
