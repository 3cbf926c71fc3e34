// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Strict overcommit whose limit RAM alone cannot hold: the limit as far as it goes, and swap.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "agent/engine/plan_case.hpp"

namespace forkmend::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::PlanCase;

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

/// 40 GiB are free.
constexpr auto kDisks = R"(["/var/lib"]
block_size = 4096
blocks = 26214400
bavail = 10485760
files = 1000
favail = 1000
type = "ext4"
options = "rw"
)";

/// 16 GiB of RAM, no swap, CommitLimit 8 GiB; the child needs 2 GiB.
struct StrictHost : PlanCase {
  StrictHost() {
    constexpr auto kMounts = "21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n";
    for (const auto* path : {"/proc/self/mountinfo", "/proc/812/mountinfo"}) {
      tree.write(path, kMounts);
    }
    tree.write("/var/lib/keep", "");
    set({{"instance.dir.path", std::string("/srv/redis")},
         {"instance.dir.available_bytes", 40 * kGiB},
         {"instance.dir.target_size", kGiB / 100}});
    try_remedy("overcommit-limit");
    try_remedy("swapfile");
  }

  [[nodiscard]] Plan with_committed(std::int64_t bytes) {
    set({{"host.committed_as", bytes}});
    host::CapturedTables tables;
    tables.statvfs = kDisks;
    const host::Root root(tree.path(), tables);
    const auto forecast = forecast::forecast_fork(facts);
    return make_plan({.instance = "redis://127.0.0.1:6379",
                      .facts = facts,
                      .diagnosis = diagnosis,
                      .forecast = forecast,
                      .policy = policy,
                      .root = root});
  }
};

TEST(LimitAndSwap, TheLimitAloneWhereRamHoldsIt) {
  StrictHost host;
  EXPECT_EQ(host.with_committed(15 * kGiB / 2).attempts.front().remedy, "overcommit-limit");
}

TEST(LimitAndSwap, BothWhereItDoesNot) {
  StrictHost host;
  const Plan plan = host.with_committed(15 * kGiB);
  ASSERT_EQ(plan.attempts.size(), 1U);
  const Attempt& attempt = plan.attempts.front();
  EXPECT_THAT(remedies_of(attempt), ElementsAre("overcommit-limit", "swapfile"));
  EXPECT_EQ(attempt.steps.front().after, "ratio=100");
  EXPECT_EQ(attempt.forecast_after, "admitted");
}

TEST(LimitAndSwap, NeitherWhereItTakesMoreSwapThanThePolicyAllows) {
  StrictHost host;
  EXPECT_THAT(host.with_committed(40 * kGiB).attempts, IsEmpty());
}

}  // namespace
}  // namespace forkmend::engine
