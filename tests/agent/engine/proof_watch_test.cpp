// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/proof_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HostTree;

RunningCost answered_in(milliseconds time) {
  return {.copied = {}, .free = {}, .answer_time = time, .memory_pressure = {}, .io_pressure = {}};
}

TEST(AbortDecision, IsMadeOnceAFigureIsAboveItsLimitTwiceInARow) {
  AbortDecision decision({.answer_time = milliseconds(500)});
  EXPECT_FALSE(decision.on(answered_in(milliseconds(900)))) << "one slow answer";
  EXPECT_FALSE(decision.on(answered_in(milliseconds(20))));
  EXPECT_FALSE(decision.on(answered_in(milliseconds(700)))) << "another one";
  EXPECT_TRUE(decision.on(answered_in(milliseconds(600))));
  EXPECT_THAT(decision.reasons(), ElementsAre(HasSubstr("600 ms to answer, above 500 ms")));
  EXPECT_EQ(decision.peak().answer_time, milliseconds(900));
}

/// Server 812 has a child 900, on a host with 100 MiB left, of which its cgroup lets it have 50.
HostTree host_with_child(const char* private_dirty) {
  return HostTree{
      {{"/proc/meminfo",
        "MemTotal: 900000 kB\nMemFree: 50000 kB\nMemAvailable: 102400 kB\n"
        "SwapTotal: 0 kB\nSwapFree: 0 kB\n"},
       {"/proc/812/task/812/children", "900 "},
       {"/proc/900/stat", "900 (redis-server) R 812 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7777 0 0"},
       {"/proc/900/smaps_rollup",
        std::string("00400000-7fff0000 ---p 00000000 00:00 0 [rollup]\nRss: 9 kB\n"
                    "Private_Dirty:   ") +
            private_dirty + " kB\n"},
       {"/proc/812/cgroup", "0::/redis\n"},
       {"/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
       {"/sys/fs/cgroup/cgroup.controllers", "memory\n"},
       {"/sys/fs/cgroup/redis/cgroup.controllers", "memory\n"},
       {"/sys/fs/cgroup/redis/memory.max", "62914560\n"},
       {"/sys/fs/cgroup/redis/memory.current", "10485760\n"},
       {"/sys/fs/cgroup/redis/memory.swap.max", "0\n"},
       {"/sys/fs/cgroup/redis/memory.swap.current", "0\n"},
       {"/sys/fs/cgroup/redis/memory.stat",
        "active_file 0\ninactive_file 0\nslab_reclaimable 0\n"}}};
}

FactSet server_812() {
  FactSet facts;
  facts.set("instance.pid", std::int64_t{812}, "", "test");
  facts.set("instance.rss_anon", std::int64_t{1} << 30, "bytes", "test");
  facts.set("host.mem_available", std::int64_t{1} << 30, "bytes", "test");
  facts.set("host.swap_free", std::int64_t{0}, "bytes", "test");
  return facts;
}

/// INFO persistence while a child saves.
redis::Info saving(const std::string& more) {
  return redis::parse_info("# Persistence\r\nrdb_bgsave_in_progress:1\r\n" + more).value();
}

RunningCost one_look(const HostTree& tree, const redis::Info& info) {
  ProofWatch watch(tree.root(), server_812(), {});
  EXPECT_FALSE(watch.on_answer(info, milliseconds(3)));
  return watch.peak();
}

TEST(ProofWatch, TakesWhatTheChildTells) {
  const HostTree tree = host_with_child("8192");
  const RunningCost seen =
      one_look(tree, saving("current_cow_size:1048576\r\ncurrent_cow_size_age:2\r\n"));
  EXPECT_EQ(seen.copied, 1048576);
  EXPECT_EQ(seen.free, 50 * 1024 * 1024);
  EXPECT_EQ(seen.answer_time, milliseconds(3));
}

TEST(ProofWatch, LooksAtTheChildsPagesWhereItTellsNothing) {
  const HostTree tree = host_with_child("8192");
  EXPECT_EQ(one_look(tree, saving("")).copied, 8192 * 1024) << "before 6.2";
  EXPECT_EQ(one_look(tree, saving("current_cow_size:4096\r\ncurrent_cow_size_age:60\r\n")).copied,
            8192 * 1024)
      << "in the middle of a large key";
}

TEST(ProofWatch, WalksNoChildThatIsTooLargeForIt) {
  const HostTree tree = host_with_child("8192");
  ProofWatch watch(tree.root(), server_812().with({{"instance.rss_anon", std::int64_t{100} << 30}}),
                   {});
  EXPECT_FALSE(watch.on_answer(saving(""), milliseconds(3)));
  EXPECT_EQ(watch.peak().copied, std::nullopt);
}

TEST(ProofWatch, TimesTheServerThatDoesNotAnswer) {
  const HostTree tree = host_with_child("0");
  ProofWatch watch(tree.root(), server_812(), {});
  EXPECT_FALSE(watch.on_answer(Error{Errc::timeout, "no answer"}, milliseconds(2500)));
  EXPECT_EQ(watch.peak().answer_time, milliseconds(2500));
}

}  // namespace
}  // namespace forkmend::engine
