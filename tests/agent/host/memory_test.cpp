// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/thp.hpp"
#include "host/zoneinfo.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using ::testing::ElementsAre;
using testing::HostTree;
using testing::sample_host;

TEST(Zoneinfo, AddsUpWhatTheKernelKeeps) {
  const auto totals = read_zoneinfo(HostTree(sample_host()).root());
  ASSERT_TRUE(totals);
  // DMA: min(3840, 15811 + 78); DMA32: 12792 + 15853; Normal: 9409; Movable: min(0, 32).
  EXPECT_EQ(totals->total_reserve, 3840 + 28645 + 9409);
  EXPECT_EQ(totals->managed, 3840 + 772915 + 3319245);
}

TEST(Zoneinfo, TakesTheWatermarkAndNotThePerCpuHigh) {
  const auto totals = parse_zoneinfo(
      "Node 0, zone   Normal\n        high     100\n        managed  5000\n"
      "        protection: (0, 0, 0, 0)\n  pagesets\n    cpu: 0\n              high:     378\n");
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->total_reserve, 100);
}

TEST(Zoneinfo, DoesNotGuessWhereAZoneIsCut) {
  EXPECT_FALSE(parse_zoneinfo("Node 0, zone   Normal\n        high     100\n"));
  EXPECT_FALSE(parse_zoneinfo(
      "Node 0, zone   Normal\n        high     100\n        managed  5000\n        protection: (0, "
      "0, x\n"));
  EXPECT_FALSE(parse_zoneinfo(""));
}

TEST(Thp, FindsTheSelectedWord) {
  EXPECT_EQ(selected_word("always [madvise] never\n"), "madvise");
  EXPECT_EQ(selected_word("[always] madvise never"), "always");
  EXPECT_EQ(selected_word("always madvise never"), std::nullopt);
  EXPECT_EQ(selected_word("always [madvise"), std::nullopt);
}

TEST(Thp, ReadsAKernelWithoutSizes) {
  const auto thp = read_thp(HostTree(sample_host()).root());
  ASSERT_TRUE(thp);
  EXPECT_EQ(thp->enabled, "madvise");
  EXPECT_EQ(thp->defrag, "madvise");
  EXPECT_TRUE(thp->sizes.empty());
}

TEST(Thp, FindsThePathOfRhelSix) {
  const HostTree tree{
      {{"/sys/kernel/mm/redhat_transparent_hugepage/enabled", "[always] madvise never\n"}}};
  const auto thp = read_thp(tree.root());
  ASSERT_TRUE(thp);
  EXPECT_EQ(thp->directory, "/sys/kernel/mm/redhat_transparent_hugepage");
  EXPECT_EQ(thp->enabled, "always");
}

TEST(Thp, ReadsTheKnobOfEachSizeInOrder) {
  const std::string base = "/sys/kernel/mm/transparent_hugepage/";
  const HostTree tree{{{base + "enabled", "always madvise [never]\n"},
                       {base + "hugepages-2048kB/enabled", "always [inherit] madvise never\n"},
                       {base + "hugepages-64kB/enabled", "[always] inherit madvise never\n"},
                       {base + "hugepages-16kB/enabled", "always inherit madvise [never]\n"},
                       {base + "hugepages-8kB/stats/nr_anon", "0\n"}}};
  const auto thp = read_thp(tree.root());
  ASSERT_TRUE(thp);
  EXPECT_THAT(thp->sizes, ElementsAre(ThpSize{"16kB", "never"}, ThpSize{"64kB", "always"},
                                      ThpSize{"2048kB", "inherit"}));
}

TEST(Thp, TellsWhichSizesAreOn) {
  Thp thp{.enabled = "never", .sizes = {{"64kB", "always"}, {"2048kB", "inherit"}}};
  EXPECT_EQ(thp_sizes_on(thp), "64kB=always");
  thp.enabled = "always";
  EXPECT_EQ(thp_sizes_on(thp), "64kB=always 2048kB=inherit");
  thp.sizes = {{"2048kB", "never"}};
  EXPECT_EQ(thp_sizes_on(thp), "");
}

TEST(Thp, SaysWhenTheKernelHasNone) {
  const auto thp = read_thp(HostTree{{{"/proc/loadavg", "x"}}}.root());
  ASSERT_FALSE(thp);
  EXPECT_EQ(thp.error().code, Errc::not_found);
}

}  // namespace
}  // namespace forkmend::host
