// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/save_cost.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::HostTree;

TEST(SaveCost, SumsWhatAProcessHasForItself) {
  const HostTree tree{{{"/proc/900/smaps_rollup",
                        "560c8b800000-7ffc1f3c4000 ---p 00000000 00:00 0      [rollup]\n"
                        "Rss:                9000 kB\nPrivate_Clean:       12 kB\n"
                        "Private_Dirty:       312 kB\n"}}};
  EXPECT_EQ(read_private_dirty(tree.root(), 900).value(), 312 * 1024);
  EXPECT_EQ(read_private_dirty(tree.root(), 901).error().code, Errc::not_found);
}

TEST(SaveCost, SaysWhatAKernelWithoutTheLineLacks) {
  const HostTree tree{{{"/proc/900/smaps_rollup", "Rss: 9000 kB\n"}}};
  const auto dirty = read_private_dirty(tree.root(), 900);
  ASSERT_FALSE(dirty);
  EXPECT_EQ(dirty.error().code, Errc::parse);
  EXPECT_NE(dirty.error().message.find("/proc/900/smaps_rollup"), std::string::npos);
}

TEST(SaveCost, ReadsTheMemoryOfTheMoment) {
  const HostTree tree{{{"/proc/meminfo",
                        "MemTotal: 4000 kB\nMemFree: 100 kB\nMemAvailable: 200 kB\n"
                        "SwapTotal: 0 kB\nSwapFree: 8 kB\n"}}};
  const FactSet facts = memory_facts(tree.root(), 812);
  EXPECT_EQ(facts.integer("host.mem_free"), 100 * 1024);
  EXPECT_EQ(facts.integer("host.mem_available"), 200 * 1024);
  EXPECT_EQ(facts.integer("host.swap_free"), 8 * 1024);
}

}  // namespace
}  // namespace forkmend::host
