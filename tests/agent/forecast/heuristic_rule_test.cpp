// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <array>
#include <cerrno>

#include "facts.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

// 16 GiB of RAM and 1 GiB of swap: a mapping of exactly 17 GiB passes, one page more does not.
TEST(HeuristicNewRule, ComparesTheLargestMappingWithRamAndSwap) {
  const auto with_largest = [](I bytes) {
    return rule_of(
        healthy_facts().with({{"host.swap_total", kGiB}, {"instance.accountable_max", bytes}}),
        "OC0-new");
  };
  EXPECT_EQ(with_largest(17 * kGiB - kPage).margin, kPage);
  EXPECT_EQ(with_largest(17 * kGiB).verdict, Verdict::admitted);
  EXPECT_EQ(with_largest(17 * kGiB).margin, 0);
  const auto refused = with_largest(17 * kGiB + kPage);
  EXPECT_EQ(refused.verdict, Verdict::refused);
  EXPECT_EQ(refused.margin, -kPage);
  EXPECT_EQ(refused.unit, "bytes");
  EXPECT_EQ(refused.refusal_errno, ENOMEM);
}

TEST(HeuristicNewRule, NeverLooksAtTheSumOrAtFreeMemory) {
  const FactSet facts = healthy_facts().with(
      {{"instance.accountable", 40 * kGiB}, {"host.committed_as", 100 * kGiB}});
  EXPECT_EQ(rule_of(facts, "OC0-new").verdict, Verdict::admitted);
}

TEST(HeuristicNewRule, ABoundThatFitsIsEnough) {
  FactSet facts =
      without(without(healthy_facts(), "instance.accountable_max"), "instance.accountable");
  EXPECT_EQ(rule_of(facts, "OC0-new").verdict, Verdict::unknown);
  EXPECT_EQ(rule_of(facts.with({{"instance.accountable_bound", 16 * kGiB}}), "OC0-new").verdict,
            Verdict::admitted);
  // A bound that does not fit says nothing: it is only a bound.
  EXPECT_EQ(
      rule_of(facts.with({{"instance.accountable_bound", 16 * kGiB + kPage}}), "OC0-new").verdict,
      Verdict::unknown);
}

FactSet old_facts() {
  return healthy_facts().with({
      {"host.kernel_release", std::string("4.19.0-26-amd64")},
      {"host.overcommit_rule", std::string("old")},
      {"host.free_for_heuristic", I{1'000'000} * kPage},
      {"host.total_reserve", I{20'000} * kPage},
      {"instance.accountable_max", I{900'000} * kPage},
  });
}

// F 1,000,000 - reserve 20,000 - admin 8192 KiB = 2,048 pages leaves 977,952. Accepted when that is
// more than the mapping: 977,951 pages pass, 977,952 do not.
TEST(HeuristicOldRule, TakesReservesFromFreeMemory) {
  const auto with_largest = [](I pages) {
    return rule_of(old_facts().with({{"instance.accountable_max", pages * kPage}}), "OC0-old");
  };
  EXPECT_EQ(with_largest(977'951).verdict, Verdict::admitted);
  EXPECT_EQ(with_largest(977'951).margin, 0);
  EXPECT_EQ(with_largest(977'952).verdict, Verdict::refused);
  EXPECT_EQ(with_largest(977'952).margin, -kPage);
}

// With CAP_SYS_ADMIN the admin reserve is left out: 980,000 - 1 pages pass.
TEST(HeuristicOldRule, LeavesTheAdminReserveToTheCapability) {
  const FactSet facts = old_facts().with({{"instance.accountable_max", I{979'999} * kPage}});
  EXPECT_EQ(rule_of(facts, "OC0-old").verdict, Verdict::refused);
  EXPECT_EQ(rule_of(facts.with({{"instance.cap_sys_admin", true}}), "OC0-old").verdict,
            Verdict::admitted);
  EXPECT_EQ(rule_of(without(facts, "instance.cap_sys_admin"), "OC0-old").verdict, Verdict::unknown);
  // Far from the edge the capability does not matter.
  EXPECT_EQ(rule_of(without(old_facts(), "instance.cap_sys_admin"), "OC0-old").verdict,
            Verdict::admitted);
}

TEST(HeuristicOldRule, RefusesWhenFreeMemoryIsWithinTheReserve) {
  const FactSet facts = old_facts().with({{"host.free_for_heuristic", I{20'000} * kPage},
                                          {"host.admin_reserve_kbytes", I{0}},
                                          {"instance.accountable_max", I{0}}});
  EXPECT_EQ(rule_of(facts, "OC0-old").verdict, Verdict::refused);
}

// Worked out by hand from the formula of kernels before 5.2, in pages of 4 KiB.
TEST(HeuristicOldRule, FollowsTheFormula) {
  struct Row {
    const char* about;
    I free, reserve, admin_kbytes, largest, margin;
  };
  constexpr std::array<Row, 5> kRows = {{
      // 15 GiB count as free, 100 MiB are kept, 8 MiB for the administrator; the heap has 20 GiB:
      // 3,932,160 - 25,600 - 2,048 - 5,242,880 - 1.
      {"the classical refusal", 3'932'160, 25'600, 8192, 5'242'880, -1'338'369},
      // The same heap in two mappings of 10 GiB: each passes, they are not summed.
      {"a heap in two parts", 3'932'160, 25'600, 8192, 2'621'440, 1'283'071},
      {"exactly all of it is refused", 100'000, 0, 0, 100'000, -1},
      {"one page less passes", 100'000, 0, 0, 99'999, 0},
      {"less free than is kept", 10'000, 25'600, 0, 1, -15'602},
  }};
  for (const Row& row : kRows) {
    const auto rule = rule_of(old_facts().with({{"host.free_for_heuristic", row.free * kPage},
                                                {"host.total_reserve", row.reserve * kPage},
                                                {"host.admin_reserve_kbytes", row.admin_kbytes},
                                                {"instance.accountable_max", row.largest * kPage}}),
                              "OC0-old");
    EXPECT_EQ(rule.margin, row.margin * kPage) << row.about;
    EXPECT_EQ(rule.verdict, row.margin < 0 ? Verdict::refused : Verdict::admitted) << row.about;
  }
}

TEST(HeuristicOldRule, NeedsTheReserve) {
  EXPECT_EQ(rule_of(without(old_facts(), "host.total_reserve"), "OC0-old").verdict,
            Verdict::unknown);
}

TEST(HeuristicRule, IsSureOnlyWhereBothVersionsAgree) {
  const FactSet facts = without(old_facts(), "host.overcommit_rule");
  const auto both_admit = rule_of(facts, "OC0");
  EXPECT_EQ(both_admit.verdict, Verdict::admitted);
  // The tighter one: 977,952 - 900,000 - 1 pages.
  EXPECT_EQ(both_admit.margin, I{77'951} * kPage);
  const FactSet old_refuses = facts.with({{"instance.accountable_max", I{980'000} * kPage}});
  EXPECT_EQ(rule_of(old_refuses, "OC0").verdict, Verdict::unknown);
  const FactSet both_refuse = facts.with({{"instance.accountable_max", 20 * kGiB}});
  EXPECT_EQ(rule_of(both_refuse, "OC0").verdict, Verdict::refused);
  EXPECT_EQ(rule_of(without(facts, "host.total_reserve"), "OC0").verdict, Verdict::unknown);
}

TEST(HeuristicRule, IsAskedInModeZeroOnly) {
  for (const I mode : {1, 2}) {
    const FactSet facts = old_facts().with({{"host.overcommit_memory", mode}});
    EXPECT_EQ(rule_of(facts, "OC0-old").id, "not asked");
  }
}

}  // namespace
}  // namespace forkmend::forecast
