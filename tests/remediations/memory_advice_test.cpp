// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kGibibyte;
using ::testing::Not;
using testing::notes_of;
using testing::Planning;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

/// 4 GiB resident on a host of 6, of which 1 is used by others; the last save copied 800 MiB.
Planning short_host() {
  Planning planning("memory-advice", {});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"host.mem_total", 6 * kGibibyte},
                {"host.mem_available", 1 * kGibibyte},
                {"host.swap_free", std::int64_t{0}},
                {"instance.rss", 4 * kGibibyte},
                {"instance.rss_anon", 4 * kGibibyte},
                {"instance.vm_pte", 8 * kMiB},
                {"instance.memory.levels", std::int64_t{0}},
                {"redis.used_memory", 3 * kGibibyte},
                {"redis.used_memory_rss", 4 * kGibibyte},
                {"redis.rdb_last_cow_size", 800 * kMiB}});
  return planning;
}

std::string told(const Planning& planning) {
  const Proposal proposal = planning.proposal();
  return proposal.predicted + "\n" + notes_of(proposal);
}

TEST(MemoryAdvice, ChangesNothing) {
  const Proposal proposal = short_host().proposal();
  EXPECT_THAT(proposal.steps, IsEmpty());
  EXPECT_THAT(proposal.persist, IsEmpty());
  EXPECT_EQ(short_host().spec->scope, Scope::advice);
}

TEST(MemoryAdvice, SumsUpWhatASaveNeedsAndSaysWhatIsMeasured) {
  EXPECT_EQ(short_host().proposal().predicted,
            "memory for a save: 4 GiB resident + 1000 MiB copied while it saves (measured at the "
            "last save, and a quarter more for growth) + 8 MiB page tables + 1 GiB of everything "
            "else here = 5.98 GiB; this host has 6 GiB of RAM");
}

TEST(MemoryAdvice, SaysByHowMuchTheHostIsTooSmall) {
  Planning planning = short_host();
  planning.set({{"host.mem_total", 5 * kGibibyte}, {"host.mem_available", std::int64_t{0}}});
  EXPECT_THAT(told(planning), HasSubstr("this host has 5 GiB of RAM, 1008 MiB less"));
}

TEST(MemoryAdvice, PutsTheRuleOfThumbBeside) {
  EXPECT_THAT(told(short_host()),
              HasSubstr("the rule of thumb (memory x 1.5) wants 6 GiB for this server alone"));
}

TEST(MemoryAdvice, SaysWhenTheCopyIsAGuess) {
  Planning planning = short_host();
  planning.set({{"redis.rdb_last_cow_size", std::int64_t{0}}});
  EXPECT_THAT(told(planning), HasSubstr("half of its memory, as no save has measured it yet"));
  planning.set({{"redis.rdb_changes_since_last_save", std::int64_t{100}},
                {"redis.server_time_usec", std::int64_t{2'000'000'000}},
                {"redis.rdb_last_save_time", std::int64_t{1000}}});
  EXPECT_THAT(told(planning), HasSubstr("from the rate of changes over the length of a save"));
}

TEST(MemoryAdvice, NamesTheLimitThatRunsOutFirst) {
  Planning planning = short_host();
  planning.set({{"instance.memory.levels", std::int64_t{1}},
                {"instance.memory.0.path", std::string("/sys/fs/cgroup/redis")},
                {"instance.memory.0.max", 4 * kGibibyte + 100 * kMiB},
                {"instance.memory.0.current", 4 * kGibibyte},
                {"instance.memory.0.reclaimable", std::int64_t{0}},
                {"instance.memory.0.swap_max", std::int64_t{0}},
                {"instance.memory.0.swap_current", std::int64_t{0}}});
  const auto advice = told(planning);
  EXPECT_THAT(advice, HasSubstr("the memory limit of /sys/fs/cgroup/redis"));
  EXPECT_THAT(advice, HasSubstr("at least 4.98 GiB"));
}

TEST(MemoryAdvice, NamesTheLargestParts) {
  Planning planning = short_host();
  planning.set(
      {{"redis.used_memory_dataset", 2 * kGibibyte}, {"redis.mem_clients_slaves", 300 * kMiB}});
  EXPECT_THAT(told(planning),
              HasSubstr("the largest part is the data set, 2 GiB, then what the allocator holds "
                        "beyond the data (fragmentation), 1 GiB"));
  planning.set({{"redis.mem_clients_normal", 3 * kGibibyte}});
  EXPECT_THAT(told(planning), HasSubstr("the largest part is buffers of clients, 3 GiB"));
}

TEST(MemoryAdvice, DoesNotInventGrowth) {
  Planning planning = short_host();
  EXPECT_THAT(told(planning), HasSubstr("whether it grows is not known"));
  planning.set({{"instance.growth.used_memory", 200 * kMiB}});
  EXPECT_THAT(told(planning), HasSubstr("it grows by 200 MiB a day"));
  planning.set({{"instance.growth.used_memory", std::int64_t{0}}});
  EXPECT_THAT(told(planning), HasSubstr("it does not grow"));
}

TEST(MemoryAdvice, GivesTheLineThatFindsBigKeysAndNoKey) {
  Planning planning = short_host();
  planning.set({{"instance.endpoint", std::string("redis://127.0.0.1:6379")}});
  EXPECT_THAT(told(planning), HasSubstr("forkmend -i redis://127.0.0.1:6379 diagnose --big-keys"));
  planning.set({{"instance.endpoint", std::string("unix:///run/redis/redis.sock")}});
  EXPECT_THAT(told(planning),
              HasSubstr("forkmend -i unix:///run/redis/redis.sock diagnose --big-keys"));
}

TEST(MemoryAdvice, SaysNothingWithoutTheSizeOfTheServer) {
  Planning planning("memory-advice", {});
  planning.set(testing::own_host());
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
  EXPECT_THAT(planning.refusal(), Not(IsEmpty()));
}

}  // namespace
}  // namespace forkmend::remediations
