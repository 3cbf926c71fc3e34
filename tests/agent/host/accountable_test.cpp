// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/accountable.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::HostTree;
using testing::sample_host;

constexpr std::int64_t kGib = std::int64_t{1} << 30U;

Result<Accountable> sum_of(std::string_view text) {
  SmapsSum sum;
  for (const std::string_view line : lines_of(text)) sum.add_line(line);
  return sum.finish();
}

/// A question of a host with 16 GiB of RAM and swap, 2 GiB of it free by the old rule.
SmapsQuestion question(std::int64_t mode, Mode0Rule rule, std::int64_t bound) {
  return {.overcommit_memory = mode,
          .rule = rule,
          .bound = bound,
          .ram_and_swap = 16 * kGib,
          .heuristic_free = 2 * kGib};
}

SmapsWalk walk(const SmapsQuestion& asked) {
  return decide_smaps_walk(asked).walk;
}

TEST(Accountable, CountsWhatForkCharges) {
  const auto sum = read_accountable(HostTree(sample_host()).root(), 812);
  ASSERT_TRUE(sum);
  // "ac" without "dc": one mapping of 1 GiB and the heap of 2 MiB. MAP_NORESERVE is not charged.
  EXPECT_EQ(sum->total, kGib + (2LL << 20U));
  EXPECT_EQ(sum->largest, kGib);
}

TEST(Accountable, CountsReadOnlyMappingsThatWereWrittenTo) {
  const auto sum = sum_of(
      "7f5d3a1f5000-7f5d3a1f9000 r--p 001d2000 fe:00 1234   /usr/lib/libc.so.6\n"
      "Size:                 16 kB\nVmFlags: rd mr mw me ac \n");
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->total, 16384);
}

TEST(Accountable, CountsMappingsThatTheChildSeesWiped) {
  const auto sum =
      sum_of("7f0000000000-7f0000001000 rw-p 00000000 00:00 0\nVmFlags: rd wr ac wf\n");
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->total, 4096);
}

TEST(Accountable, SaysWhenTheKernelDoesNotTell) {
  EXPECT_EQ(sum_of("7f0000000000-7f0000001000 rw-p 00000000 00:00 0\nSize: 4 kB\n").error().code,
            Errc::unsupported);
}

TEST(Accountable, DoesNotSumACutText) {
  EXPECT_EQ(sum_of("7f0000000000-7f0000001000 rw-p 00000000 00:00 0\nVmFlags: rd ac\n"
                   "7f1000000000-7f1000001000 rw-p 00000000 00:00 0\nSize: 4 kB\n")
                .error()
                .code,
            Errc::parse);
}

TEST(Accountable, SaysWhenTheProcessHasNoMemoryLeft) {
  EXPECT_EQ(sum_of("").error().code, Errc::not_found);
}

TEST(Accountable, DoesNotOverflow) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += "0-ffffffffffffffff rw-p 0 00:00 0\nVmFlags: ac\n";
  ASSERT_TRUE(sum_of(text));
  EXPECT_EQ(sum_of(text)->total, INT64_MAX);
}

TEST(AccountableBound, NeedsBothOfItsParts) {
  EXPECT_EQ(accountable_bound(kGib, 4096, kGib), kGib + 4096 + kAccountableSlack);
  EXPECT_EQ(accountable_bound(kGib, std::nullopt, kGib), std::nullopt);
  EXPECT_EQ(accountable_bound(std::nullopt, 4096, kGib), std::nullopt);
}

TEST(SmapsDecision, WalksInModeTwo) {
  EXPECT_EQ(walk(question(2, Mode0Rule::new_rule, kGib)), SmapsWalk::needed);
}

TEST(SmapsDecision, NeverWalksInModeOne) {
  EXPECT_EQ(walk(question(1, Mode0Rule::unknown, 100 * kGib)), SmapsWalk::not_needed);
}

TEST(SmapsDecision, WalksInModeZeroOnlyWhereTheBoundDoesNotFit) {
  EXPECT_EQ(walk(question(0, Mode0Rule::new_rule, 12 * kGib)), SmapsWalk::not_needed);
  EXPECT_EQ(walk(question(0, Mode0Rule::new_rule, 17 * kGib)), SmapsWalk::needed);
  EXPECT_EQ(walk(question(0, Mode0Rule::old_rule, kGib)), SmapsWalk::not_needed);
  EXPECT_EQ(walk(question(0, Mode0Rule::old_rule, 12 * kGib)), SmapsWalk::needed);
}

TEST(SmapsDecision, MustFitUnderBothRulesWhereTheRuleIsUnknown) {
  EXPECT_EQ(walk(question(0, Mode0Rule::unknown, kGib)), SmapsWalk::not_needed);
  EXPECT_EQ(walk(question(0, Mode0Rule::unknown, 12 * kGib)), SmapsWalk::needed);
}

TEST(SmapsDecision, WalksWhereAnInputIsMissing) {
  SmapsQuestion asked = question(0, Mode0Rule::new_rule, kGib);
  asked.bound = std::nullopt;
  EXPECT_EQ(walk(asked), SmapsWalk::needed);
  asked = question(0, Mode0Rule::new_rule, kGib);
  asked.ram_and_swap = std::nullopt;
  EXPECT_EQ(walk(asked), SmapsWalk::needed);
}

TEST(SmapsDecision, DoesNotWalkForAModeThatIsNotKnown) {
  EXPECT_EQ(decide_smaps_walk({}).walk, SmapsWalk::not_needed);
  EXPECT_EQ(decide_smaps_walk({}).because, "vm.overcommit_memory is unknown");
}

}  // namespace
}  // namespace forkmend::host
