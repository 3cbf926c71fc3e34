// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/swaps.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

TEST(Swaps, ReadsTheTableOfTheKernel) {
  const auto areas = parse_swaps(
      "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
      "/dev/vda2                               partition\t2097148\t\t1024\t\t-2\n"
      "/mnt/my\\040disk/swap.forkmend           file\t\t16380\t\t0\t\t5\n");
  ASSERT_EQ(areas.size(), 2U);
  EXPECT_EQ(areas[0].path, "/dev/vda2");
  EXPECT_FALSE(areas[0].is_file);
  EXPECT_EQ(areas[0].size, 2147479552);
  EXPECT_EQ(areas[0].used, 1048576);
  EXPECT_EQ(areas[0].priority, -2);
  EXPECT_TRUE(areas[1].is_file);
  EXPECT_EQ(find_swap(areas, "/mnt/my disk/swap.forkmend"), &areas[1]);
  EXPECT_EQ(find_swap(areas, "/mnt/my"), nullptr);
}

TEST(Swaps, LeavesOutWhatIsNoLineOfTheTable) {
  EXPECT_TRUE(parse_swaps("").empty());
  EXPECT_TRUE(parse_swaps("/a file 1 2\n/a file x 0 0\n/a file 9223372036854775807 0 0\n").empty());
}

TEST(Swaps, HasNoneWhereTheKernelKnowsNoSwap) {
  const testing::HostTree tree(std::map<std::string, std::string>{{"/etc/hostname", "a\n"}});
  EXPECT_TRUE(read_swaps(tree.root())->empty());
}

}  // namespace
}  // namespace forkmend::host
