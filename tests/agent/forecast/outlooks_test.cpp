// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Disk, memory.high and fork time.
#include "forecast/outlooks.hpp"

#include <gtest/gtest.h>

#include "facts.hpp"
#include "forecast/forecast.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

FactSet with_disk(I available) {
  return healthy_facts().with({{"instance.dir.available_bytes", available},
                               {"instance.dir.available_inodes", I{1000}},
                               {"redis.used_memory_dataset", 10 * kGiB}});
}

TEST(DiskOutlook, TakesTheDataSetWhereNoFileIsThere) {
  const auto outlook = disk_outlook(with_disk(11 * kGiB));
  ASSERT_TRUE(outlook.estimate);
  EXPECT_EQ(outlook.estimate->likely, 11 * kGiB);
  EXPECT_EQ(outlook.estimate->low, 10 * kGiB / 4);
  EXPECT_EQ(outlook.verdict, Verdict::admitted);
  EXPECT_EQ(outlook.margin, 0);
  EXPECT_EQ(outlook.binding, "rdb");
  EXPECT_EQ(disk_outlook(with_disk(11 * kGiB - 1)).verdict, Verdict::refused);
}

TEST(DiskOutlook, TakesTheLastFileAndATenth) {
  const FactSet facts = with_disk(kGiB).with({{"instance.dir.target_size", 1000 * kMiB}});
  EXPECT_EQ(disk_outlook(facts).verdict, Verdict::refused);
  EXPECT_EQ(disk_outlook(facts).margin, kGiB - 1100 * kMiB);
  const FactSet more = facts.with({{"instance.dir.available_bytes", 1100 * kMiB}});
  EXPECT_EQ(disk_outlook(more).verdict, Verdict::too_close);
  EXPECT_EQ(disk_outlook(more.with({{"instance.dir.available_bytes", 1500 * kMiB}})).verdict,
            Verdict::admitted);
}

TEST(DiskOutlook, WeighsTheRewriteAndTheReplicasCopy) {
  const FactSet facts =
      with_disk(20 * kGiB).with({{"redis.aof_enabled", I{1}}, {"redis.aof_base_size", 30 * kGiB}});
  EXPECT_EQ(disk_outlook(facts).binding, "aof-rewrite");
  EXPECT_EQ(disk_outlook(facts).verdict, Verdict::refused);
  // The append-only files lie elsewhere.
  EXPECT_EQ(disk_outlook(facts.with({{"instance.aof_dir.available_bytes", 90 * kGiB}})).binding,
            "rdb");
}

TEST(DiskOutlook, KnowsInodesAndFileSizeLimits) {
  const FactSet none = with_disk(90 * kGiB).with({{"instance.dir.available_inodes", I{0}}});
  EXPECT_EQ(disk_outlook(none).binding, "inodes");
  EXPECT_EQ(disk_outlook(none).verdict, Verdict::refused);
  // btrfs does not count them.
  EXPECT_EQ(disk_outlook(none.with({{"instance.dir.total_inodes", I{0}}})).verdict,
            Verdict::admitted);
  const auto limited = disk_outlook(with_disk(90 * kGiB).with({{"instance.fsize_limit", kGiB}}));
  EXPECT_EQ(limited.binding, "fsize-limit");
  EXPECT_EQ(limited.verdict, Verdict::refused);
}

TEST(DiskOutlook, IsUnknownWithoutTheRoom) {
  const auto outlook = disk_outlook(healthy_facts().with({{"redis.used_memory", kGiB}}));
  EXPECT_EQ(outlook.verdict, Verdict::unknown);
  EXPECT_NE(outlook.says.find("instance.dir.available_bytes"), std::string::npos);
  EXPECT_EQ(disk_outlook(without(with_disk(kGiB), "redis.used_memory_dataset")).verdict,
            Verdict::unknown);
}

FactSet with_high(I current) {
  return limited_facts().with({{"instance.memory.0.high", 4 * kGiB},
                               {"instance.memory.0.current", current},
                               {"instance.rss_anon", 2 * kGiB},
                               {"redis.rdb_last_cow_size", 100 * kMiB}});
}

TEST(ThrottleOutlook, TellsTheForkFromTheSave) {
  const auto fork = throttle_outlook(with_high(4 * kGiB - kMiB));
  EXPECT_EQ(fork.throttled, Throttled::fork);
  EXPECT_EQ(fork.margin, kMiB - 6 * kMiB);
  EXPECT_NE(fork.says.find("inside fork()"), std::string::npos);
  EXPECT_EQ(throttle_outlook(with_high(4 * kGiB - 50 * kMiB)).throttled, Throttled::save);
  EXPECT_EQ(throttle_outlook(with_high(3 * kGiB)).throttled, Throttled::never);
  const FactSet old =
      with_high(4 * kGiB).with({{"host.kernel_release", std::string("5.10.0-30-amd64")}});
  EXPECT_EQ(throttle_outlook(old).says.find("inside fork()"), std::string::npos);
}

TEST(ThrottleOutlook, NeedsToSeeTheLimit) {
  EXPECT_EQ(throttle_outlook(healthy_facts()).throttled, Throttled::never);
  EXPECT_EQ(throttle_outlook(without(with_high(0), "instance.memory.0.high")).throttled,
            Throttled::unknown);
  FactSet version1 = limited_facts();
  version1.set_missing("instance.memory.0.high", FactState::not_applicable, "test", "version 1");
  EXPECT_EQ(throttle_outlook(version1).throttled, Throttled::never);
}

TEST(ForkTimeOutlook, LearnsFromTheLastFork) {
  const FactSet facts = healthy_facts().with(
      {{"redis.latest_fork_usec", I{160'000}}, {"instance.rss_anon", 10 * kGiB}});
  const auto outlook = fork_time_outlook(facts);
  ASSERT_TRUE(outlook.estimate);
  EXPECT_EQ(outlook.estimate->likely, 160);
  EXPECT_EQ(outlook.unit, "ms");
  EXPECT_EQ(outlook.verdict, Verdict::admitted);
}

TEST(ForkTimeOutlook, GoesByTheMemoryOfThenAndNow) {
  const FactSet facts = healthy_facts().with({{"redis.latest_fork_usec", I{160'000}},
                                              {"redis.used_memory_rss", 20 * kGiB},
                                              {"instance.growth.fork_rss", 10 * kGiB}});
  EXPECT_NEAR(static_cast<double>(fork_time_outlook(facts).estimate->likely), 320, 1);
  const FactSet shrunk = facts.with({{"redis.used_memory_rss", kGiB}});
  EXPECT_NEAR(static_cast<double>(fork_time_outlook(shrunk).estimate->likely), 16, 1);
}

// redisFork() of 6.2 notes the time of a fork that was refused, too.
TEST(ForkTimeOutlook, DoesNotLearnFromARefusedFork) {
  const FactSet facts =
      healthy_facts().with({{"redis.latest_fork_usec", I{90}},
                            {"instance.rss_anon", 20 * kGiB},
                            {"redis.redis_version", std::string("6.2.16")},
                            {"redis.rdb_last_bgsave_status", std::string("err")}});
  EXPECT_EQ(fork_time_outlook(facts).estimate->likely, 260);
  const auto likely_with = [&facts](const char* name, const char* value) {
    return fork_time_outlook(facts.with({{name, std::string(value)}})).estimate->likely;
  };
  EXPECT_EQ(likely_with("redis.redis_version", "7.0.15"), 0);
  EXPECT_EQ(likely_with("redis.rdb_last_bgsave_status", "ok"), 0);
}

// 13 ms for each GiB in small pages; a huge one costs a twentieth of that.
TEST(ForkTimeOutlook, GuessesByTheMemoryBeforeTheFirstFork) {
  const FactSet facts =
      healthy_facts().with({{"redis.latest_fork_usec", I{0}}, {"instance.rss_anon", 20 * kGiB}});
  EXPECT_EQ(fork_time_outlook(facts).estimate->likely, 260);
  EXPECT_EQ(fork_time_outlook(facts.with({{"instance.anon_huge", 20 * kGiB}})).estimate->likely,
            13);
  EXPECT_EQ(fork_time_outlook(healthy_facts()).verdict, Verdict::unknown);
}

TEST(ForkTimeOutlook, ComparesWithThePatienceOfACluster) {
  const FactSet facts =
      healthy_facts().with({{"redis.latest_fork_usec", I{16'000'000}},
                            {"redis.cluster_enabled", I{1}},
                            {"redis.config.cluster-node-timeout", std::string("15000")}});
  EXPECT_EQ(fork_time_outlook(facts).verdict, Verdict::refused);
  EXPECT_EQ(fork_time_outlook(facts).margin, -1000);
}

TEST(Forecast, HoldsTheOutlooksWithoutChangingItsVerdict) {
  const Forecast forecast = forecast_fork(with_disk(0).with({{"redis.latest_fork_usec", I{1000}}}));
  EXPECT_EQ(forecast.verdict, Verdict::admitted);
  EXPECT_EQ(forecast.disk.verdict, Verdict::refused);
  EXPECT_EQ(forecast.throttle.throttled, Throttled::never);
  EXPECT_EQ(forecast.fork_time.estimate->likely, 1);
  EXPECT_EQ(forecast.cow.verdict, Verdict::unknown);
}

}  // namespace
}  // namespace forkmend::forecast
