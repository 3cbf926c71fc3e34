// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/process_cost.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/temp_dir.hpp"

namespace forkmend::metrics {
namespace {

using ::forkmend::testing::HostTree;

TEST(ProcessCost, IsReadOfProcWithAnyProgramName) {
  const std::map<std::string, std::string> files = {
      {"/proc/self/stat",
       "77 (fork) 1 mend) S 1 77 77 0 -1 4194560 100 0 0 0 12 34 0 0 20 0 1 0 "
       "20000 67108864 2048 18446744073709551615 1 1 0 0 0 0\n"},
      {"/proc/stat", "cpu  1 2 3\nbtime 1764190000\n"},
      {"/proc/self/fd/0", ""},
      {"/proc/self/fd/1", ""},
      {"/proc/self/fd/7", ""}};
  const HostTree tree(files);
  const ProcessCost cost = read_process_cost(tree.root());
  EXPECT_EQ(cost.virtual_bytes, 67108864);
  EXPECT_EQ(cost.resident_bytes, 2048 * sysconf(_SC_PAGESIZE));
  EXPECT_EQ(cost.open_files, 3);
  ASSERT_TRUE(cost.started);
  EXPECT_EQ(cost.started->time_since_epoch(),
            std::chrono::seconds(1764190000) +
                std::chrono::milliseconds(20000 * 1000 / sysconf(_SC_CLK_TCK)));
}

TEST(ProcessCost, WhatCannotBeReadIsMissing) {
  const std::map<std::string, std::string> files = {{"/proc/self/stat", "77 broken"}};
  const HostTree tree(files);
  const ProcessCost cost = read_process_cost(tree.root());
  EXPECT_FALSE(cost.resident_bytes);
  EXPECT_FALSE(cost.started);
  EXPECT_TRUE(cost.cpu_seconds);  // of getrusage(2)
}

}  // namespace
}  // namespace forkmend::metrics
