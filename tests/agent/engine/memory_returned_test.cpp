// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/memory_returned.hpp"

#include <gtest/gtest.h>

namespace forkmend::engine {
namespace {

FactSet memory(std::int64_t used_mib, std::int64_t rss_mib) {
  FactSet facts;
  facts.set("redis.used_memory", used_mib << 20U, "bytes", "INFO memory");
  facts.set("redis.used_memory_rss", rss_mib << 20U, "bytes", "INFO memory");
  return facts;
}

TEST(MemoryReturned, ToTheHost) {
  const auto told = memory_returned(memory(100, 120), memory(60, 85));
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->returned);
  EXPECT_EQ(told->says, "resident memory is 85 MiB, it was 120 MiB");
}

TEST(MemoryReturned, KeptByTheAllocator) {
  const auto told = memory_returned(memory(100, 120), memory(60, 119));
  ASSERT_TRUE(told);
  EXPECT_FALSE(told->returned);
  EXPECT_EQ(
      told->says,
      "keys of 40 MiB are gone, but resident memory is 119 MiB, it was 120 MiB: the allocator "
      "keeps pages of which a part is still in use; active-defrag frees them where the server "
      "can, else a restart");
}

TEST(MemoryReturned, GrownMeanwhile) {
  const auto told = memory_returned(memory(100, 120), memory(60, 130));
  ASSERT_TRUE(told);
  EXPECT_FALSE(told->returned);
}

TEST(MemoryReturned, ByAPurgeAlone) {
  const auto told = memory_returned(memory(60, 120), memory(60, 70));
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->returned);
}

TEST(MemoryReturned, IsNotToldWithoutFiguresOrForALittle) {
  EXPECT_FALSE(memory_returned(memory(100, 120), memory(100, 120)));
  EXPECT_FALSE(memory_returned(FactSet(), memory(60, 70)));
  EXPECT_FALSE(memory_returned(memory(60, 70), FactSet()));
}

TEST(MemoryReturned, ConcernsWhatFreesMemory) {
  Attempt attempt;
  EXPECT_FALSE(frees_memory(attempt));
  attempt.steps.resize(2);
  attempt.steps[1].target.name = "maxmemory";
  EXPECT_TRUE(frees_memory(attempt));
  attempt.steps[1].target.name = "save";
  attempt.steps[0].remedy = "memory-purge";
  EXPECT_TRUE(frees_memory(attempt));
}

}  // namespace
}  // namespace forkmend::engine
