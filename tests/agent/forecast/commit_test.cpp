// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/commit.hpp"

#include <gtest/gtest.h>

#include "facts.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

CommitSettings settings() {
  return CommitSettings{.page_size = kPage, .mem_total = 16 * kGiB, .overcommit_ratio = 50};
}

TEST(CommitLimit, IsAShareOfRamAndAllSwap) {
  EXPECT_EQ(commit_limit_pages(settings()), 2'097'152);
  CommitSettings with_swap = settings();
  with_swap.swap_total = kGiB;
  EXPECT_EQ(commit_limit_pages(with_swap), 2'097'152 + 262'144);
  EXPECT_EQ(commit_limit_bytes(with_swap), 9 * kGiB);
}

// MemTotal 24,689,376 kB are 6,172,344 pages; half of them, 3,086,172, are 12,344,688 kB.
TEST(CommitLimit, GivesKilobytesOfProcMeminfo) {
  CommitSettings real = settings();
  real.mem_total = I{24'689'376} * 1024;
  EXPECT_EQ(commit_limit_bytes(real), I{12'344'688} * 1024);
}

// 101 pages at 99 %: 9,999 / 100 = 99 in integers.
TEST(CommitLimit, RoundsDownAsIntegersDo) {
  CommitSettings small = settings();
  small.mem_total = 101 * kPage;
  small.overcommit_ratio = 99;
  EXPECT_EQ(commit_limit_pages(small), 99);
}

TEST(CommitLimit, LeavesHugePagesOutOfTheShare) {
  CommitSettings huge = settings();
  huge.hugetlb = 4 * kGiB;
  EXPECT_EQ(commit_limit_bytes(huge), 6 * kGiB);
}

TEST(CommitLimit, KilobytesReplaceTheRatioAndForgetHugePages) {
  CommitSettings fixed = settings();
  fixed.overcommit_kbytes = 1'048'577;
  fixed.hugetlb = 4 * kGiB;
  fixed.swap_total = kGiB;
  EXPECT_EQ(commit_limit_pages(fixed), 262'144 + 262'144);
}

// 65,536-byte pages: 1,048,640 KiB / 64 = 16,385 pages.
TEST(CommitLimit, TakesThePageSizeAsItIs) {
  CommitSettings arm = settings();
  arm.page_size = 65'536;
  arm.overcommit_kbytes = 1'048'640;
  EXPECT_EQ(commit_limit_pages(arm), 16'385);
  EXPECT_EQ(commit_limit_bytes(arm), I{1'048'640} * 1024);
}

TEST(CommitSettings, NeedNoRatioWhileKilobytesAreSet) {
  FactSet facts = without(without(healthy_facts(), "host.overcommit_ratio"), "host.hugetlb");
  EXPECT_FALSE(commit_settings(facts));
  EXPECT_TRUE(commit_settings(facts.with({{"host.overcommit_kbytes", I{4096}}})));
}

// 0.4 % of RAM, at least 2 x CPUs and 32, for each CPU.
TEST(CounterError, FollowsRamAndCpus) {
  EXPECT_EQ(commit_counter_error_pages(healthy_facts()), 4'096 * 4);
  const FactSet tiny = healthy_facts().with({{"host.mem_total", 64 * kMiB}});
  EXPECT_EQ(commit_counter_error_pages(tiny), 32 * 4);
  const FactSet wide = tiny.with({{"host.cpus_present", I{64}}, {"host.cpus_online", I{48}}});
  EXPECT_EQ(commit_counter_error_pages(wide), 128 * 48);
}

TEST(CounterError, IsNothingWhereMeminfoShowsTheTestedValue) {
  const auto on = [](const char* release) {
    return commit_counter_error_pages(
        healthy_facts().with({{"host.kernel_release", std::string(release)}}));
  };
  EXPECT_EQ(on("5.8.18"), 0);
  EXPECT_EQ(on("5.9.0"), 16'384);
  EXPECT_EQ(on("5.14.0-503.el9"), 16'384);
  EXPECT_EQ(commit_counter_error_pages(without(healthy_facts(), "host.cpus_present")),
            std::nullopt);
}

FactSet short_of(I bytes) {
  // Allowed 2,070,528 pages, charged 524,288 (see strict_rule_test.cpp).
  return healthy_facts().with(
      {{"host.overcommit_memory", I{2}},
       {"host.committed_as", (I{2'070'528} - 524'288 - 1) * kPage + bytes}});
}

// Missing 1 GiB, plus the counter's error of 64 MiB, plus a twentieth of 2 GiB (26,214 pages).
TEST(RequiredCommit, CoversShortfallErrorAndHeadroom) {
  EXPECT_EQ(required_commit_bytes(short_of(kGiB)), kGiB + 64 * kMiB + 26'214 * kPage);
}

TEST(RequiredCommit, MakesTheForkSureWhicheverWayTheLimitRises) {
  const FactSet facts = short_of(kGiB);
  ASSERT_EQ(forecast_fork(facts).verdict, Verdict::refused);
  const I needed = required_commit_bytes(facts).value_or(0);
  const FactSet more_swap = facts.with({{"host.swap_total", needed}});
  EXPECT_EQ(forecast_fork(more_swap).verdict, Verdict::admitted);
  const FactSet by_kbytes = facts.with({{"host.overcommit_kbytes", (8 * kGiB + needed) / 1024}});
  EXPECT_EQ(forecast_fork(by_kbytes).verdict, Verdict::admitted);
  EXPECT_EQ(required_commit_bytes(more_swap), 0);
}

TEST(RequiredCommit, AlsoEndsAForkThatIsTooCloseToCall) {
  EXPECT_EQ(required_commit_bytes(short_of(0)), 64 * kMiB + 26'214 * kPage);
  EXPECT_EQ(required_commit_bytes(short_of(-kGiB)), 0);
}

TEST(RequiredCommit, SizesAChangeToModeTwo) {
  EXPECT_EQ(required_commit_bytes(short_of(kGiB).with({{"host.overcommit_memory", I{0}}})),
            kGiB + 64 * kMiB + 26'214 * kPage);
}

TEST(RequiredCommit, TakesTheBoundForLackOfTheCharge) {
  const FactSet facts = without(short_of(kGiB), "instance.accountable");
  EXPECT_EQ(required_commit_bytes(facts), std::nullopt);
  EXPECT_EQ(required_commit_bytes(facts.with({{"instance.accountable_bound", 2 * kGiB}})),
            kGiB + 64 * kMiB + 26'214 * kPage);
}

}  // namespace
}  // namespace forkmend::forecast
