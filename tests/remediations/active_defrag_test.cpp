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

Planning fragmented() {
  Planning planning("active-defrag",
                    Files{{"/proc/812/maps", "5581 r-xp 0 08:01 1 /usr/bin/redis\n"},
                          {"/config/activedefrag", "no"},
                          {"/config/active-defrag-ignore-bytes", "1"},
                          {"/config/active-defrag-threshold-lower", "5"},
                          {"/config/active-defrag-threshold-upper", "100"}});
  planning.set(testing::local_server());
  planning.set({{"redis.mem_allocator", std::string("jemalloc-5.2.1")},
                {"redis.allocator_frag_bytes", std::int64_t{3} << 30},
                {"redis.config_file", std::string()},
                {"redis.config.activedefrag", std::string("no")},
                {"redis.config.active-defrag-ignore-bytes", std::string("1")},
                {"redis.config.active-defrag-threshold-lower", std::string("5")},
                {"redis.config.active-defrag-threshold-upper", std::string("100")}});
  planning.blame("fragmentation");
  return planning;
}

TEST(ActiveDefrag, SetsItsThresholdsFirst) {
  const Proposal proposal = fragmented().proposal();
  ASSERT_EQ(proposal.steps.size(), 3U);
  EXPECT_EQ(proposal.steps[0].after, "104857600");
  EXPECT_EQ(proposal.steps[1].target.name, "active-defrag-threshold-lower");
  EXPECT_EQ(proposal.steps[1].after, "10");
  EXPECT_EQ(proposal.steps[2].target.name, "activedefrag");
  EXPECT_EQ(proposal.steps[2].after, "yes");
  EXPECT_THAT(proposal.predicted, HasSubstr("by up to 3 GiB"));
}

TEST(ActiveDefrag, IsRefusedWithTheSystemsJemalloc) {
  Planning planning = fragmented();
  planning.tree->write("/proc/812/maps",
                       "7f0b r-xp 0 08:01 2 /usr/lib/x86_64-linux-gnu/libjemalloc.so.2\n");
  EXPECT_THAT(planning.refusal(), HasSubstr("the server uses the system's libjemalloc"));
}

TEST(ActiveDefrag, IsRefusedWithoutJemalloc) {
  Planning planning = fragmented();
  planning.set({{"redis.mem_allocator", std::string("libc")}});
  EXPECT_EQ(planning.refusal(), "active defragmentation needs jemalloc, the server has libc");
}

TEST(ActiveDefrag, LeavesAServerAloneThatDefragments) {
  Planning planning = fragmented();
  planning.set({{"redis.config.activedefrag", std::string("yes")}});
  EXPECT_EQ(planning.probe().answer, Applicability::already_good);
}

TEST(ActiveDefrag, DoesNotApplyToServersWithoutIt) {
  Planning planning = fragmented();
  planning.facts.set_missing("redis.config.activedefrag", FactState::not_applicable, "CONFIG GET",
                             "this server has no such parameter");
  EXPECT_EQ(planning.probe().answer, Applicability::not_applicable);
}

TEST(ActiveDefrag, LeavesTheServerAsItWasWhereverItFails) {
  testing::fails_at_each_step(fragmented());
}

}  // namespace
}  // namespace forkmend::remediations
