// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Cheap first: smaps is read only where the bound leaves the answer open, never by two at once, and
// never from a server that it would hold up.
#include <gtest/gtest.h>

#include <thread>

#include "host/accountable.hpp"
#include "host/facts.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::Files;
using testing::HostTree;
using testing::sample_host;
using testing::with;

constexpr std::int64_t kGib = std::int64_t{1} << 30U;

/// Files that are read for the facts of the process, and whether smaps was among them.
struct Reading {
  std::uint64_t reads = 0;
  FactSet facts;
};

Reading read_process(const Files& changes, const WalkLimit& limit = {}) {
  const HostTree tree(with(sample_host(), changes));
  const Root root = tree.root();
  const FactSet host = host_facts(root);
  const std::uint64_t before = root.reads();
  FactSet facts = process_facts(root, 812, host, limit);
  return {root.reads() - before, std::move(facts)};
}

/// The sample's bound is 5,000,000 KiB; 9,000,000 KiB are committed.
Files commit_limit(std::int64_t kib) {
  std::string meminfo = sample_host().at("/proc/meminfo");
  const std::size_t at = meminfo.find("CommitLimit:");
  meminfo.replace(at, meminfo.find('\n', at) - at, "CommitLimit: " + std::to_string(kib) + " kB");
  return {{"/proc/meminfo", meminfo}};
}

TEST(SmapsWalk, IsOneReadMoreAndOnlyWhereTheBoundDoesNotDecide) {
  const Reading tight = read_process(commit_limit(10'240'000));
  EXPECT_TRUE(tight.facts.integer("instance.accountable"));
  const Reading roomy = read_process(commit_limit(20'000'000));
  EXPECT_EQ(roomy.reads, tight.reads - 1);
  EXPECT_EQ(roomy.facts.find("instance.accountable")->reason,
            "not read: even the upper bound fits under the limit of mode 2");
  EXPECT_TRUE(roomy.facts.integer("instance.accountable_bound"));
  const Reading mode0 = read_process({{"/proc/sys/vm/overcommit_memory", "0\n"}});
  EXPECT_EQ(mode0.reads, tight.reads - 1);
  const Reading mode1 = read_process({{"/proc/sys/vm/overcommit_memory", "1\n"}});
  EXPECT_EQ(mode1.reads, tight.reads - 1);
}

// 16 GB on a host with 64 GB: the bounds of status decide, in each mode.
TEST(SmapsWalk, IsSparedALargeServerWhereBoundsDecide) {
  Files changes = {{"/proc/meminfo",
                    "MemTotal: 65536000 kB\nMemFree: 30000000 kB\nMemAvailable: 40000000 kB\n"
                    "SwapTotal: 0 kB\nSwapFree: 0 kB\nCommitLimit: 60000000 kB\n"
                    "Committed_AS: 20000000 kB\nHugetlb: 0 kB\n"}};
  std::string status = sample_host().at("/proc/812/status");
  for (const auto& [line, value] :
       {std::pair{"VmSize:\t", "16900000"}, std::pair{"VmData:\t", "16800000"},
        std::pair{"VmRSS:\t", "16200000"}, std::pair{"RssAnon:\t", "16100000"}}) {
    const std::size_t at = status.find(line);
    ASSERT_NE(at, std::string::npos);
    const std::size_t end = status.find('\n', at);
    status.replace(at, end - at, std::string(line) + value + " kB");
  }
  changes["/proc/812/status"] = status;
  const Reading without_smaps = [&] {
    Files without = changes;
    without["/proc/812/smaps"] = "";  // taken away
    return read_process(without);
  }();
  for (const auto* mode : {"0\n", "1\n", "2\n"}) {
    changes["/proc/sys/vm/overcommit_memory"] = mode;
    const Reading reading = read_process(changes);
    EXPECT_EQ(reading.reads, without_smaps.reads) << mode;
    EXPECT_EQ(reading.facts.find("instance.accountable")->reason.rfind("not read: ", 0), 0U);
    EXPECT_EQ(reading.facts.integer("instance.accountable_bound"), 16'900'000LL * 1024);
  }
}

TEST(SmapsWalk, IsDoneForHugePagesWhereAServerMayHaveThem) {
  std::string status = sample_host().at("/proc/812/status");
  status.replace(status.find("THP_enabled:\t0"), 14, "THP_enabled:\t1");
  Files changes = commit_limit(20'000'000);
  const Reading madvise = read_process(changes);
  changes["/sys/kernel/mm/transparent_hugepage/enabled"] = "[always] madvise never\n";
  EXPECT_EQ(read_process(changes).reads, madvise.reads) << "the server is exempt";
  changes["/proc/812/status"] = status;
  const Reading always = read_process(changes);
  EXPECT_EQ(always.reads, madvise.reads + 1);
  EXPECT_TRUE(always.facts.integer("instance.anon_huge"));
}

// 14,000,000 KiB are left by 9,000,000 committed, 8,192 and 131,072 of reserves and a hundredth of
// 16,384,000: the bound fits strictly below.
TEST(SmapsWalk, TakesReservesAndTheCounterErrorFromTheRoom) {
  const std::int64_t edge = 5'000'000 + 9'000'000 + 8'192 + 131'072 + 163'840;
  EXPECT_TRUE(read_process(commit_limit(edge)).facts.integer("instance.accountable"));
  EXPECT_FALSE(read_process(commit_limit(edge + 1)).facts.integer("instance.accountable"));
}

TEST(SmapsWalk, IsRefusedWhereItWouldHoldTheServerUp) {
  EXPECT_EQ(walk_cost(100'000'000'000).count(), 850);
  EXPECT_EQ(walk_cost(0).count(), 0);
  std::string status = sample_host().at("/proc/812/status");
  const std::size_t at = status.find("VmRSS:");
  status.replace(at, status.find('\n', at) - at, "VmRSS:\t 100000000 kB");
  const Files large = {{"/proc/812/status", status}};
  const Reading refused = read_process(large);
  const Fact* fact = refused.facts.find("instance.accountable");
  EXPECT_EQ(fact->state, FactState::unreadable);
  EXPECT_EQ(fact->reason,
            "not read: the walk would take about 870 ms, more than 500 ms, while the server cannot "
            "map memory");
  const Reading asked = read_process(large, kAnyWalk);
  EXPECT_TRUE(asked.facts.integer("instance.accountable"));
  EXPECT_EQ(asked.reads, refused.reads + 1);
}

TEST(SmapsWalk, IsNeverDoneByTwoAtOnce) {
  const HostTree tree(sample_host());
  const Root root = tree.root();
  Result<Accountable> second = Accountable{};
  const OnlyWalk first;
  ASSERT_TRUE(first.ours());
  std::thread other([&] { second = read_accountable(root, 812); });
  other.join();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
}

TEST(SmapsWalk, IsFreeAgainAfterwards) {
  const HostTree tree(sample_host());
  EXPECT_TRUE(read_accountable(tree.root(), 812));
  EXPECT_TRUE(read_accountable(tree.root(), 812));
  EXPECT_FALSE(read_accountable(tree.root(), 4242));
  EXPECT_TRUE(read_accountable(tree.root(), 812));
}

TEST(SmapsWalk, TellsHugePages) {
  SmapsSum sum;
  for (const std::string_view line :
       {"7f0000000000-7f0040000000 rw-p 00000000 00:00 0", "AnonHugePages:    524288 kB",
        "VmFlags: rd wr nr", "7f1000000000-7f1000200000 rw-p 00000000 00:00 0",
        "AnonHugePages:      2048 kB", "VmFlags: rd wr ac"}) {
    sum.add_line(line);
  }
  EXPECT_EQ(sum.finish()->huge, kGib / 2 + (2LL << 20U));
}

// Written, then made read-only: charged, but no part of VmData.
TEST(AccountableBound, HoldsForWhatWasWrittenAndMadeReadOnly) {
  EXPECT_EQ(accountable_bound(kGib, 0, 3 * kGib), 3 * kGib);
  EXPECT_EQ(accountable_bound(kGib, 0, kGib + 4096), kGib + kAccountableSlack);
  EXPECT_EQ(accountable_bound(kGib, 0, std::nullopt), kGib + kAccountableSlack);
}

}  // namespace
}  // namespace forkmend::host
