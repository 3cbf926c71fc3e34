// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/neighbours.hpp"

#include <gtest/gtest.h>

#include "agent/redis/process_tree.hpp"

namespace forkmend::host {
namespace {

using redis::testing::FakeProcess;
using testing::HostTree;

void add_named(HostTree& tree, std::int64_t pid, std::int64_t parent, const std::string& exe) {
  FakeProcess process;
  process.pid = pid;
  process.parent = parent;
  process.comm = "postgres";
  process.exe = exe;
  redis::testing::add_process(tree, process);
}

TEST(Neighbours, FindTheFirstProcessOfPostgresql) {
  HostTree tree{{}};
  redis::testing::add_process(tree, {});
  EXPECT_EQ(postgresql(tree.root()), std::nullopt);
  add_named(tree, 900, 901, "/usr/lib/postgresql/15/bin/postgres");
  add_named(tree, 901, 1, "/usr/lib/postgresql/15/bin/postgres");
  const auto found = postgresql(tree.root());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pid, 901);
}

TEST(Neighbours, AreNotWhoeverTakesTheirName) {
  HostTree tree{{}};
  add_named(tree, 900, 1, "/tmp/miner");
  EXPECT_EQ(postgresql(tree.root()), std::nullopt);
}

}  // namespace
}  // namespace forkmend::host
