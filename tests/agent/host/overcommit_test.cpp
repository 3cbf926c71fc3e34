// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/overcommit.hpp"

#include <gtest/gtest.h>

#include "host/kernel_release.hpp"
#include "host/root.hpp"

namespace forkmend::host {
namespace {

Mode0Rule rule_of(std::string_view release) {
  return mode0_rule(release).rule;
}

TEST(Overcommit, KnowsMainline) {
  EXPECT_EQ(rule_of("4.19.0-27-amd64"), Mode0Rule::old_rule);
  EXPECT_EQ(rule_of("5.1.21"), Mode0Rule::old_rule);
  EXPECT_EQ(rule_of("5.2.0"), Mode0Rule::new_rule);
  EXPECT_EQ(rule_of("6.1.0-18-amd64\n"), Mode0Rule::new_rule);
  EXPECT_EQ(rule_of("7.2.13"), Mode0Rule::new_rule);
}

TEST(Overcommit, KnowsUbuntu) {
  EXPECT_EQ(rule_of("4.4.0-210-generic"), Mode0Rule::old_rule);
  EXPECT_EQ(rule_of("4.15.0-213-generic"), Mode0Rule::old_rule);
  EXPECT_EQ(rule_of("5.4.0-150-generic"), Mode0Rule::new_rule);
}

TEST(Overcommit, KnowsRhelSixAndSeven) {
  EXPECT_EQ(rule_of("2.6.32-754.el6.x86_64"), Mode0Rule::old_rule);
  EXPECT_EQ(rule_of("3.10.0-1062.el7.x86_64"), Mode0Rule::old_rule);
}

TEST(Overcommit, KnowsHowRhelEightWentToAndFro) {
  EXPECT_EQ(rule_of("4.18.0-80.7.1.el8_0.x86_64"), Mode0Rule::old_rule);
  EXPECT_EQ(rule_of("4.18.0-147.el8.x86_64"), Mode0Rule::unknown);
  EXPECT_EQ(rule_of("4.18.0-193.el8.x86_64"), Mode0Rule::unknown);
  EXPECT_EQ(rule_of("4.18.0-240.el8.x86_64"), Mode0Rule::new_rule);
  EXPECT_EQ(rule_of("4.18.0-305.25.1.el8_4.x86_64"), Mode0Rule::new_rule);
  EXPECT_EQ(rule_of("4.18.0-348.el8.x86_64"), Mode0Rule::old_rule);
  EXPECT_EQ(rule_of("4.18.0-553.el8_10.x86_64"), Mode0Rule::old_rule);
  EXPECT_EQ(rule_of("4.18.0-next.el8.x86_64"), Mode0Rule::unknown);
}

TEST(Overcommit, KnowsRhelNineAndTen) {
  EXPECT_EQ(rule_of("5.14.0-427.13.1.el9_4.x86_64"), Mode0Rule::new_rule);
  EXPECT_EQ(rule_of("6.12.0-55.el10.x86_64"), Mode0Rule::new_rule);
}

TEST(Overcommit, TakesMainline418AsOld) {
  EXPECT_EQ(rule_of("4.18.20"), Mode0Rule::old_rule);
}

TEST(Overcommit, DoesNotGuessForKernelsThatNobodyRead) {
  EXPECT_EQ(rule_of("4.14.355-276.639.amzn2.x86_64"), Mode0Rule::unknown);
  EXPECT_EQ(rule_of("4.14.35-2047.538.el7uek.x86_64"), Mode0Rule::unknown);
  EXPECT_EQ(rule_of("4.12.14-122.37-default"), Mode0Rule::unknown);
  EXPECT_EQ(rule_of("5.10.226-214.880.amzn2.x86_64"), Mode0Rule::new_rule);
  EXPECT_EQ(rule_of("5.4.17-2136.el8uek.x86_64"), Mode0Rule::new_rule);
}

TEST(Overcommit, DoesNotGuessForBrokenReleases) {
  for (const std::string_view release : {"", "linux", "5", "-1.2", "99999999999999999999.1"}) {
    EXPECT_EQ(rule_of(release), Mode0Rule::unknown) << release;
  }
}

TEST(Overcommit, SaysWhy) {
  EXPECT_EQ(mode0_rule("4.18.0-553.el8_10.x86_64").because,
            "RHEL 8.5 and later reverted to the old rule");
}

TEST(Overcommit, AddsUpTheOldRulesFreePages) {
  const Counters vmstat = parse_counters(
      "nr_free_pages 1000\nnr_file_pages 500\nnr_shmem 100\nnr_slab_reclaimable 30\n");
  EXPECT_EQ(free_for_heuristic(vmstat, 7), 1000 + 500 - 100 + 30 + 7);
}

TEST(Overcommit, CountsOtherReclaimableKernelMemoryWhereItIsExported) {
  const Counters vmstat = parse_counters(
      "nr_free_pages 1000\nnr_file_pages 500\nnr_shmem 100\nnr_slab_reclaimable 30\n"
      "nr_kernel_misc_reclaimable 9\n");
  EXPECT_EQ(free_for_heuristic(vmstat, 0), 1439);
}

TEST(Overcommit, NeedsEveryInput) {
  EXPECT_EQ(free_for_heuristic(parse_counters("nr_free_pages 1\nnr_file_pages 2\n"), 0),
            std::nullopt);
  EXPECT_EQ(free_for_heuristic(
                parse_counters("nr_free_pages 1\nnr_file_pages 2\nnr_slab_reclaimable 3\n"), 0),
            std::nullopt);
}

TEST(KernelRelease, ComparesByMajorAndMinor) {
  const auto release = parse_kernel_release("5.14.0-427.el9.x86_64");
  ASSERT_TRUE(release);
  EXPECT_EQ(release->build, 427);
  EXPECT_TRUE(release->at_least(5, 14));
  EXPECT_TRUE(release->at_least(4, 99));
  EXPECT_FALSE(release->at_least(5, 15));
  EXPECT_FALSE(release->at_least(6, 0));
}

TEST(Mode0Probe, AsksHalfwayBetweenTheTwoRules) {
  constexpr std::int64_t kGiB = std::int64_t{1} << 30;
  EXPECT_EQ(telling_mapping(10 * kGiB, 24 * kGiB), 17 * kGiB);
  EXPECT_EQ(telling_mapping(24 * kGiB - 1, 24 * kGiB), std::nullopt) << "nothing in between";
  EXPECT_EQ(telling_mapping(30 * kGiB, 24 * kGiB), std::nullopt);
  EXPECT_EQ(telling_mapping(-1, 24 * kGiB), std::nullopt);
}

TEST(Mode0Probe, IsBelievedOverTheRelease) {
  const Mode0Answer old = mode0_rule("4.19.0-8-amd64");
  EXPECT_EQ(with_probe(old, std::nullopt).rule, Mode0Rule::old_rule);
  EXPECT_EQ(with_probe(old, true).rule, Mode0Rule::new_rule);
  EXPECT_NE(with_probe(old, true).because.find("by the release: old"), std::string::npos);
  EXPECT_EQ(with_probe(mode0_rule("6.1.0-18-amd64"), false).rule, Mode0Rule::old_rule);
  EXPECT_EQ(with_probe({}, false).rule, Mode0Rule::old_rule);
}

TEST(Mode0Probe, IsAnsweredByThisKernelAndByACapture) {
  EXPECT_TRUE(Root().admits_mapping(std::int64_t{1} << 20).value());
  EXPECT_EQ(Root().admits_mapping(0).error().code, Errc::invalid);
  EXPECT_EQ(Root("/nowhere").admits_mapping(1).error().code, Errc::not_found);
  const Root captured("/nowhere",
                      CapturedTables{.statvfs = {}, .access = {}, .mapping_admitted = false});
  EXPECT_FALSE(captured.admits_mapping(1).value());
}

}  // namespace
}  // namespace forkmend::host
