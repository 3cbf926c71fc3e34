// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Pages are 4 KiB. 16 GiB = 4,194,304 pages, ratio 50: 2,097,152. Less 8192 KiB of admin reserve
// (2,048) and min(VmSize 3 GiB = 786,432 / 32 = 24,576, 131,072 KiB = 32,768) = 24,576 of user
// reserve, 2,070,528 pages are allowed.
// Error of the counter from 5.9 on: batch = max(32, 2 x 4, 4,194,304 / 4 / 256 = 4,096) x 4 CPUs =
// 16,384 pages.
#include <gtest/gtest.h>

#include <cerrno>

#include "facts.hpp"
#include "forecast/commit.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

constexpr I kAllowed = 2'070'528;
constexpr I kError = 16'384;
constexpr I kCharge = 524'288;  // 2 GiB

FactSet strict_facts() {
  return healthy_facts().with({{"host.overcommit_memory", I{2}}});
}

/// The server and its host when that many pages stay free behind the fork.
FactSet with_headroom(const FactSet& facts, I pages) {
  return facts.with({{"host.committed_as", (kAllowed - kCharge - 1 - pages) * kPage}});
}

FactSet before_5_9(const FactSet& facts) {
  return facts.with({{"host.kernel_release", std::string("4.18.0-553.el8_10.x86_64")}});
}

TEST(StrictRule, IsExactWhereTheTestedCounterIsShown) {
  const auto at = [](I pages) {
    return rule_of(before_5_9(with_headroom(strict_facts(), pages)), "OC2");
  };
  EXPECT_EQ(at(1).margin, kPage);
  EXPECT_EQ(at(0).verdict, Verdict::admitted);
  EXPECT_EQ(at(0).margin, 0);
  EXPECT_EQ(at(-1).verdict, Verdict::refused);
  EXPECT_EQ(at(-1).margin, -kPage);
  EXPECT_EQ(at(-1).refusal_errno, ENOMEM);
  EXPECT_EQ(at(-1).unit, "bytes");
}

TEST(StrictRule, IsTooCloseWithinTheErrorOfNewerCounters) {
  const auto at = [](I pages) {
    return rule_of(with_headroom(strict_facts(), pages), "OC2").verdict;
  };
  EXPECT_EQ(at(kError + 1), Verdict::admitted);
  EXPECT_EQ(at(kError), Verdict::too_close);
  EXPECT_EQ(at(-kError), Verdict::too_close);
  EXPECT_EQ(at(-kError - 1), Verdict::refused);
}

TEST(StrictRule, GrantsTheErrorWhenTheReleaseIsNotKnown) {
  const FactSet facts = without(with_headroom(strict_facts(), 0), "host.kernel_release");
  EXPECT_EQ(rule_of(facts, "OC2").verdict, Verdict::too_close);
}

TEST(StrictRule, LeavesTheAdminReserveToTheCapability) {
  const FactSet facts = before_5_9(with_headroom(strict_facts(), -2'048));
  EXPECT_EQ(rule_of(facts, "OC2").verdict, Verdict::refused);
  EXPECT_EQ(rule_of(facts.with({{"instance.cap_sys_admin", true}}), "OC2").verdict,
            Verdict::admitted);
  EXPECT_EQ(rule_of(facts.with({{"instance.cap_sys_admin", true}}), "OC2").margin, 0);
  const auto open = rule_of(without(facts, "instance.cap_sys_admin"), "OC2");
  EXPECT_EQ(open.verdict, Verdict::unknown);
  EXPECT_EQ(open.says, "Cannot be told: instance.cap_sys_admin is unreadable (hidden).");
  EXPECT_EQ(
      rule_of(without(before_5_9(with_headroom(strict_facts(), -2'049)), "instance.cap_sys_admin"),
              "OC2")
          .verdict,
      Verdict::refused);
}

// VmSize / 32 is the smaller reserve up to 4 GiB of VmSize; above it is 131,072 KiB = 32,768 pages,
// which is 8,192 pages more than the 24,576 above.
TEST(StrictRule, TakesTheSmallerUserReserve) {
  const FactSet facts = before_5_9(with_headroom(strict_facts(), 0));
  EXPECT_EQ(rule_of(facts.with({{"instance.vm_size", 64 * kGiB}}), "OC2").margin, -8'192 * kPage);
}

TEST(StrictRule, UsesABoundOnlyToAdmit) {
  FactSet facts = without(with_headroom(strict_facts(), kError + 1), "instance.accountable");
  EXPECT_EQ(rule_of(facts, "OC2").verdict, Verdict::unknown);
  EXPECT_EQ(rule_of(facts.with({{"instance.accountable_bound", 2 * kGiB}}), "OC2").verdict,
            Verdict::admitted);
  EXPECT_EQ(rule_of(facts.with({{"instance.accountable_bound", 4 * kGiB}}), "OC2").verdict,
            Verdict::unknown);
}

TEST(StrictRule, IsUnknownWithoutAnyOfItsInputs) {
  for (const auto* name :
       {"host.page_size", "host.mem_total", "host.hugetlb", "host.overcommit_ratio",
        "host.overcommit_kbytes", "host.swap_total", "host.committed_as", "instance.vm_size",
        "host.admin_reserve_kbytes", "host.user_reserve_kbytes", "host.cpus_online"}) {
    EXPECT_EQ(rule_of(without(strict_facts(), name), "OC2").verdict, Verdict::unknown) << name;
  }
}

TEST(StrictRule, KernelsWithoutASettingHaveNone) {
  FactSet facts = strict_facts();
  for (const auto* name : {"host.overcommit_kbytes", "host.hugetlb"}) {
    facts.set_missing(name, FactState::not_applicable, "test", "no such file");
  }
  EXPECT_EQ(rule_of(facts, "OC2").verdict, Verdict::admitted);
}

TEST(StrictRule, AnswersWhatIfTheRatioWereHigher) {
  const FactSet facts = with_headroom(strict_facts(), -kError - 1);
  ASSERT_EQ(forecast_fork(facts).verdict, Verdict::refused);
  // Another 2 % are 83,886 pages.
  EXPECT_EQ(rule_of(facts.with({{"host.overcommit_ratio", I{52}}}), "OC2").margin,
            (83'886 - kError - 1) * kPage);
  EXPECT_EQ(forecast_fork(facts.with({{"host.overcommit_ratio", I{52}}})).verdict,
            Verdict::admitted);
  EXPECT_EQ(forecast_fork(facts.with({{"host.swap_total", kGiB}})).verdict, Verdict::admitted);
  EXPECT_EQ(forecast_fork(facts.with({{"host.overcommit_memory", I{1}}})).verdict,
            Verdict::admitted);
  // CommitLimit itself is only shown: the kernel works it out.
  EXPECT_EQ(forecast_fork(facts.with({{"host.commit_limit", 100 * kGiB}})).verdict,
            Verdict::refused);
}

TEST(StrictRule, SaysItsSum) {
  const auto rule = rule_of(with_headroom(strict_facts(), -262'144), "OC2");  // 1 GiB
  EXPECT_EQ(
      rule.says,
      "Refused: 6.9 GiB committed and 2 GiB for the child are 1 GiB over the 7.9 GiB that may "
      "be committed (CommitLimit 8 GiB less 104 MiB of reserves).");
  EXPECT_EQ(rule.inputs.at("derived.commit_limit"), "8589934592");
  EXPECT_EQ(rule.inputs.at("host.commit_limit"), "8589934592");
  EXPECT_EQ(rule.inputs.at("instance.accountable"), "2147483648");
}

TEST(StrictRule, DoesNotOverflowOnNonsense) {
  for (const auto* name : {"host.committed_as", "instance.accountable", "host.swap_total",
                           "host.mem_total", "host.overcommit_ratio", "host.overcommit_kbytes",
                           "instance.vm_size", "host.cpus_online", "host.user_reserve_kbytes"}) {
    const auto rule = rule_of(strict_facts().with({{name, kUnlimited}}), "OC2");
    EXPECT_EQ(rule.id, "OC2") << name;
  }
  EXPECT_EQ(rule_of(strict_facts().with({{"host.committed_as", kUnlimited}}), "OC2").verdict,
            Verdict::refused);
  EXPECT_EQ(rule_of(strict_facts().with({{"host.swap_total", kUnlimited}}), "OC2").verdict,
            Verdict::admitted);
}

}  // namespace
}  // namespace forkmend::forecast
