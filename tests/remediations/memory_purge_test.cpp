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
using testing::Planning;

Planning bloated() {
  Planning planning("memory-purge", Files{{"/proc/loadavg", "0 0 0 1/200 9\n"}});
  planning.set(testing::local_server());
  planning.set({{"redis.mem_allocator", std::string("jemalloc-5.2.1")},
                {"redis.allocator_rss_bytes", std::int64_t{2} << 30},
                {"redis.allocator_frag_bytes", std::int64_t{1} << 30},
                {"instance.rss", std::int64_t{7} << 30},
                {"host.mem_available", std::int64_t{1} << 30}});
  return planning;
}

TEST(MemoryPurge, GivesBackWhatTheAllocatorDoesNotUse) {
  const Proposal proposal = bloated().proposal();
  ASSERT_EQ(proposal.steps.size(), 1U);
  const Step& step = proposal.steps.front();
  EXPECT_EQ(step.target.type, StepType::server_command);
  EXPECT_EQ(step.target.name, "MEMORY PURGE");
  EXPECT_EQ(step.before, std::nullopt);
  EXPECT_EQ(step.shell, "redis-cli -u redis://127.0.0.1:6379 memory purge");
  EXPECT_EQ(std::get<std::int64_t>(step.effects.at("instance.rss")), std::int64_t{5} << 30);
  EXPECT_EQ(std::get<std::int64_t>(step.effects.at("host.mem_available")), std::int64_t{3} << 30);
  EXPECT_EQ(proposal.predicted, "up to 2 GiB of resident memory go back to the host");
  EXPECT_THAT(testing::notes_of(proposal),
              HasSubstr("1 GiB more lie in pages that are partly used"));
}

TEST(MemoryPurge, IsNotWorthItForLittle) {
  Planning planning = bloated();
  planning.set({{"redis.allocator_rss_bytes", std::int64_t{1} << 20}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
  planning.set({{"redis.allocator_rss_bytes", std::int64_t{-5}}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(MemoryPurge, DoesNothingWithoutJemalloc) {
  Planning planning = bloated();
  planning.set({{"redis.mem_allocator", std::string("libc")}});
  EXPECT_EQ(planning.refusal(), "MEMORY PURGE does nothing with the allocator libc");
}

TEST(MemoryPurge, SaysUnknownWithoutTheFigures) {
  Planning planning = bloated();
  planning.hide("redis.allocator_rss_bytes");
  EXPECT_EQ(planning.probe().answer, Applicability::unknown);
}

TEST(MemoryPurge, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(bloated());
}

}  // namespace
}  // namespace forkmend::remediations
