// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remediations/fails_at_each_step.hpp"
#include "remediations/planning.hpp"

namespace forkmend::remediations {
namespace {

using testing::Files;
using ::testing::HasSubstr;
using testing::kGibibyte;
using testing::Planning;

/// 4 GiB used and resident, 2 GiB left on the host: at worst 4 GiB are copied.
Planning large() {
  Planning planning("maxmemory",
                    Files{{"/config/maxmemory", "0"}, {"/config/maxmemory-policy", "noeviction"}});
  planning.set(testing::own_host());
  planning.set(testing::local_server());
  planning.set({{"redis.role", std::string("master")},
                {"redis.mem_allocator", std::string("jemalloc-5.2.1")},
                {"redis.used_memory_dataset", 4 * kGibibyte},
                {"redis.used_memory_rss", 4 * kGibibyte},
                {"redis.config_file", std::string()},
                {"redis.config.maxmemory", std::string("0")},
                {"redis.config.maxmemory-policy", std::string("noeviction")},
                {"redis.db0", std::string("keys=1000,expires=900,avg_ttl=5000")},
                {"instance.rss", 4 * kGibibyte},
                {"instance.rss_anon", 4 * kGibibyte},
                {"instance.vm_pte", std::int64_t{8} << 20},
                {"host.mem_available", 2 * kGibibyte},
                {"host.swap_free", std::int64_t{0}}});
  planning.set({{"instance.memory.levels", std::int64_t{0}}});
  planning.blame("host-oom");
  return planning;
}

TEST(Maxmemory, IsTheLargestWithWhichEvenTheWorstCopyFits) {
  const Proposal proposal = large().proposal();
  ASSERT_GE(proposal.steps.size(), 4U);
  EXPECT_EQ(proposal.steps[0].target.name, "maxmemory-policy");
  EXPECT_EQ(proposal.steps[0].after, "volatile-lru");
  const Step& last = proposal.steps[proposal.steps.size() - 2];
  // 4 GiB - x + page tables <= 2 GiB + x.
  const std::int64_t limit = std::stoll(*last.after);
  EXPECT_LE(limit, 3 * kGibibyte);
  EXPECT_GE(limit, 3 * kGibibyte - (std::int64_t{16} << 20));
  EXPECT_EQ(last.risk, Risk::lossy);
  EXPECT_EQ(proposal.steps.back().target.name, "MEMORY PURGE");
  EXPECT_THAT(proposal.predicted,
              HasSubstr("of keys are evicted in 3 steps; only keys with a TTL"));
}

TEST(Maxmemory, GoesDownATenthAtATime) {
  Planning planning = large();
  planning.parameters.set("to", std::int64_t{3} * kGibibyte);
  const Proposal proposal = planning.proposal();
  std::optional<std::string> before = "0";
  std::int64_t at = 4 * kGibibyte;
  for (const Step& step : proposal.steps) {
    if (step.target.name != "maxmemory") continue;
    EXPECT_EQ(step.before, before);
    before = step.after;
    const std::int64_t next = std::stoll(*step.after);
    EXPECT_LE(at - next, 4 * kGibibyte / 10);
    at = next;
    EXPECT_EQ(step.undo_shell, "redis-cli -u redis://127.0.0.1:6379 config set maxmemory 0");
  }
  EXPECT_EQ(at, 3 * kGibibyte);
}

TEST(Maxmemory, EvictsNoKeyWithoutTtlUnasked) {
  Planning planning = large();
  planning.set({{"redis.db0", std::string("keys=1000,expires=10,avg_ttl=5000")}});
  EXPECT_THAT(planning.refusal(),
              HasSubstr("keys that nobody gave a TTL would have to be evicted"));
  planning.set({{"redis.config.maxmemory-policy", std::string("volatile-ttl")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("with volatile-ttl only keys with a TTL go"));
  planning.parameters.set("policy", std::string("allkeys-lru"));
  EXPECT_EQ(planning.proposal().steps.front().after, "allkeys-lru");
}

TEST(Maxmemory, SaysThatWritesWouldBeRefusedWhereNothingIsEvicted) {
  Planning planning = large();
  planning.parameters.set("policy", std::string("keep"));
  const Proposal proposal = planning.proposal();
  EXPECT_THAT(proposal.predicted, HasSubstr("every write is refused with -OOM"));
  EXPECT_EQ(proposal.steps.back().target.name, "maxmemory");
  EXPECT_EQ(proposal.steps.back().effects.count("instance.rss"), 0U);
}

TEST(Maxmemory, EvictsNothingForACauseThatItDoesNotCure) {
  Planning planning = large();
  planning.parameters.set("to", 3 * kGibibyte);
  planning.blame("nproc-limit");
  EXPECT_EQ(planning.refusal(), "less data is no answer to nproc-limit: memory is not what fails");
}

TEST(Maxmemory, AboveWhatIsUsedItIsSafe) {
  Planning planning = large();
  planning.parameters.set("to", std::int64_t{5} * kGibibyte);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().risk, Risk::safe);
  EXPECT_FALSE(proposal.steps.front().target.may_evict);
  EXPECT_THAT(proposal.predicted, HasSubstr("nothing is evicted now"));
}

TEST(Maxmemory, LittleAboveWhatIsUsedItIsNot) {
  Planning planning = large();
  planning.parameters.set("to", 4 * kGibibyte + kGibibyte / 4);
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  EXPECT_EQ(proposal.steps.front().risk, Risk::lossy);
  EXPECT_TRUE(proposal.steps.front().target.may_evict);
  EXPECT_THAT(proposal.predicted, HasSubstr("keys may be evicted, or writes refused, at once"));
}

TEST(Maxmemory, APolicyThatEvictsIsLossyWhateverTheLimit) {
  Planning planning = large();
  planning.parameters.set("to", 5 * kGibibyte);
  planning.parameters.set("policy", std::string("allkeys-lru"));
  const Proposal proposal = planning.proposal();
  ASSERT_EQ(proposal.steps.size(), 2U);
  EXPECT_EQ(proposal.steps.front().after, "allkeys-lru");
  EXPECT_EQ(proposal.steps.front().risk, Risk::lossy);
}

TEST(Maxmemory, NeverGoesBelowHalfUnasked) {
  Planning planning = large();
  planning.set({{"host.mem_available", std::int64_t{0}}});
  planning.set({{"instance.rss_anon", 9 * kGibibyte}, {"instance.rss", 9 * kGibibyte}});
  EXPECT_THAT(planning.refusal(), HasSubstr("even with half of the data gone"));
}

TEST(Maxmemory, LeavesALimitAloneThatIsLowEnough) {
  Planning planning = large();
  planning.set({{"redis.config.maxmemory", std::to_string(kGibibyte)}});
  EXPECT_THAT(planning.refusal(), HasSubstr("maxmemory is 1 GiB already"));
}

TEST(Maxmemory, IsForThePrimaryOfAReplicaThatIgnoresIt) {
  Planning planning = large();
  planning.set({{"redis.role", std::string("slave")},
                {"redis.config.replica-ignore-maxmemory", std::string("yes")}});
  EXPECT_THAT(planning.refusal(), HasSubstr("lower it on its primary"));
}

TEST(Maxmemory, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(large());
}

}  // namespace
}  // namespace forkmend::remediations
