// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/what_if.hpp"

#include <gtest/gtest.h>

#include "facts.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

/// Mode 2 on 16 GiB at 50 %, and a fork that is refused.
FactSet refused() {
  return healthy_facts().with({{"host.overcommit_memory", I{2}},
                               {"host.committed_as", 7 * kGiB},
                               {"host.swap_free", I{0}},
                               {"host.mem_available", 4 * kGiB}});
}

TEST(WhatIf, TheCommitLimitFollowsWhatItIsMadeOf) {
  ASSERT_EQ(forecast_fork(refused()).verdict, Verdict::refused);
  const FactSet more = what_if(refused(), {{"host.overcommit_ratio", I{80}}});
  EXPECT_EQ(more.integer("host.commit_limit"), 16 * kGiB / kPage * 80 / 100 * kPage);
  EXPECT_EQ(forecast_fork(more).verdict, Verdict::admitted);
  const FactSet swap = what_if(refused(), {{"host.swap_total", 8 * kGiB}});
  EXPECT_EQ(swap.integer("host.commit_limit"), 16 * kGiB);
  EXPECT_EQ(swap.integer("host.swap_free"), 8 * kGiB);
  EXPECT_EQ(forecast_fork(swap).verdict, Verdict::admitted);
}

TEST(WhatIf, RatioAndKbytesZeroEachOther) {
  const FactSet kbytes = what_if(refused(), {{"host.overcommit_kbytes", I{12 << 20}}});
  EXPECT_EQ(kbytes.integer("host.overcommit_ratio"), 0);
  EXPECT_EQ(kbytes.integer("host.commit_limit"), 12 * kGiB);
  const FactSet back = what_if(kbytes, {{"host.overcommit_ratio", I{50}}});
  EXPECT_EQ(back.integer("host.overcommit_kbytes"), 0);
  EXPECT_EQ(back.integer("host.commit_limit"), 8 * kGiB);
}

TEST(WhatIf, WhatIsNamedItselfStays) {
  const FactSet facts =
      what_if(refused(), {{"host.swap_total", 8 * kGiB}, {"host.swap_free", kGiB}});
  EXPECT_EQ(facts.integer("host.swap_free"), kGiB);
}

TEST(WhatIf, MemoryOfTheHostIsAvailable) {
  const FactSet facts = what_if(refused(), {{"host.mem_total", 32 * kGiB}});
  EXPECT_EQ(facts.integer("host.mem_available"), 20 * kGiB);
  EXPECT_EQ(facts.integer("host.commit_limit"), 16 * kGiB);
}

TEST(WhatIf, ALargerProcessHasMorePageTablesAndForksLonger) {
  const FactSet facts =
      healthy_facts().with({{"instance.rss_anon", kGiB}, {"redis.latest_fork_usec", I{10'000}}});
  const FactSet twice = what_if(facts, {{"instance.rss_anon", 2 * kGiB}});
  EXPECT_EQ(twice.integer("instance.vm_pte"), 12 * kMiB);
  EXPECT_EQ(twice.integer("redis.latest_fork_usec"), 20'000);
  EXPECT_EQ(forecast_fork(twice).fork_time.estimate->likely, 20);
}

TEST(WhatIf, MaxmemoryLowersWhatIsUsed) {
  const FactSet facts = healthy_facts().with({{"redis.used_memory", 4 * kGiB},
                                              {"redis.used_memory_dataset", 3 * kGiB},
                                              {"instance.dir.available_bytes", 2 * kGiB}});
  ASSERT_EQ(forecast_fork(facts).disk.verdict, Verdict::refused);
  const FactSet less = what_if(facts, {{"redis.maxmemory", 2 * kGiB}});
  EXPECT_EQ(less.integer("redis.used_memory"), 2 * kGiB);
  EXPECT_EQ(less.integer("redis.used_memory_dataset"), 3 * kGiB / 2);
  EXPECT_EQ(forecast_fork(less).disk.verdict, Verdict::admitted);
  const FactSet by_config = what_if(facts, {{"redis.config.maxmemory", 2 * kGiB}});
  EXPECT_EQ(by_config.integer("redis.used_memory"), 2 * kGiB);
  // More than is used, or no limit at all, changes nothing.
  EXPECT_EQ(what_if(facts, {{"redis.maxmemory", 8 * kGiB}}).integer("redis.used_memory"), 4 * kGiB);
  EXPECT_EQ(what_if(facts, {{"redis.maxmemory", I{0}}}).integer("redis.used_memory"), 4 * kGiB);
}

TEST(WhatIf, DoesNotMakeUpWhatWasUnknown) {
  const FactSet facts =
      what_if(without(refused(), "host.swap_free"), {{"host.swap_total", 8 * kGiB}});
  EXPECT_EQ(facts.integer("host.swap_free"), std::nullopt);
}

}  // namespace
}  // namespace forkmend::forecast
