// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What is wrong beside a failure, or without one.
#include <gtest/gtest.h>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

const Cause* strain_of(const Diagnosis& diagnosis, std::string_view id) {
  const auto found = std::ranges::find(diagnosis.strains, id, &Cause::id);
  return found != diagnosis.strains.end() ? &*found : nullptr;
}

/// "proven", "likely", "possible", or "none".
std::string strain(Scene& scene, std::string_view id) {
  const Diagnosis diagnosis = scene.diagnose();
  const Cause* found = strain_of(diagnosis, id);
  return found != nullptr ? std::string(to_string(found->confidence)) : "none";
}

TEST(Strains, AHealthyServerHasNone) {
  Scene scene;
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_FALSE(diagnosis.failing);
  for (const Cause& cause : diagnosis.strains) ADD_FAILURE() << cause.id;
}

Scene with_huge_pages() {
  Scene scene;
  scene.set("host.thp_enabled", std::string("always"))
      .set("instance.thp_disabled", false)
      .set("instance.rss_anon", 2 * kGiB)
      .set("instance.anon_huge", kGiB);
  return scene;
}

TEST(Thp, IsLikelyWithHugePagesAndProvenWithADearCopy) {
  Scene scene = with_huge_pages();
  EXPECT_EQ(strain(scene, "thp"), "likely");
  scene.set("redis.rdb_last_cow_size", kGiB + kGiB / 2);
  EXPECT_EQ(strain(scene, "thp"), "proven");
}

TEST(Thp, IsNoneForAServerThatIsExempt) {
  Scene scene = with_huge_pages();
  scene.set("instance.thp_disabled", true);
  EXPECT_EQ(strain(scene, "thp"), "none");
}

TEST(Thp, IsNoneWithoutHugePagesOrWithMadvise) {
  Scene scene = with_huge_pages();
  scene.set("instance.anon_huge", std::int64_t{0});
  EXPECT_EQ(strain(scene, "thp"), "none");
  scene = with_huge_pages();
  scene.set("host.thp_enabled", std::string("madvise"));
  EXPECT_EQ(strain(scene, "thp"), "none");
}

TEST(Thp, TheHostsCountAloneIsOnlyPossible) {
  Scene scene = with_huge_pages();
  scene.hide("instance.anon_huge").set("host.anon_huge_pages", 3 * kGiB);
  EXPECT_EQ(strain(scene, "thp"), "possible");
}

TEST(Fragmentation, NeedsARatioAndAGap) {
  Scene scene;
  scene.set("redis.mem_fragmentation_ratio", 2.0).set("redis.used_memory_rss", 4 * kGiB);
  EXPECT_EQ(strain(scene, "fragmentation"), "likely");
  scene.set("redis.used_memory", 10 * kMiB).set("redis.used_memory_rss", 40 * kMiB);
  EXPECT_EQ(strain(scene, "fragmentation"), "none") << "30 MiB are nobody's trouble";
}

TEST(Fragmentation, ARatioLiesWhileMemoryIsSwappedOut) {
  Scene scene;
  scene.set("redis.mem_fragmentation_ratio", 2.0)
      .set("redis.used_memory_rss", 4 * kGiB)
      .set("instance.vm_swap", kGiB);
  EXPECT_EQ(strain(scene, "fragmentation"), "none");
}

TEST(SwapThrash, IsLikelyOnlyUnderPressure) {
  Scene scene;
  scene.set("instance.vm_swap", kGiB).set("instance.rss", 2 * kGiB);
  EXPECT_EQ(strain(scene, "swap-thrash"), "possible");
  scene.set("host.pressure.memory_full", 35.0);
  EXPECT_EQ(strain(scene, "swap-thrash"), "likely");
  scene.set("instance.vm_swap", std::int64_t{0});
  EXPECT_EQ(strain(scene, "swap-thrash"), "none");
}

TEST(MemoryHighThrottle, IsProvenByTheCounterOfALevelThatIsOver) {
  Scene scene;
  scene.set("instance.memory.levels", std::int64_t{1})
      .set("instance.memory.0.path", std::string("/sys/fs/cgroup/redis"))
      .set("instance.memory.0.max", kUnlimited)
      .set("instance.memory.0.high", kGiB)
      .set("instance.memory.0.current", kGiB + kMiB)
      .set("instance.memory.0.reclaimable", std::int64_t{0});
  EXPECT_EQ(strain(scene, "memory-high-throttle"), "likely");
  scene.set("instance.memory.0.events_high", std::int64_t{77});
  EXPECT_EQ(strain(scene, "memory-high-throttle"), "proven");
  scene.set("instance.memory.0.high", 8 * kGiB);
  EXPECT_EQ(strain(scene, "memory-high-throttle"), "none");
}

TEST(MapCount, IsLikelyNearEachOfItsLimits) {
  for (const auto& [used, limit] : {std::pair{"instance.map_count", "host.max_map_count"},
                                    std::pair{"instance.vm_size", "instance.as_limit"},
                                    std::pair{"instance.vm_data", "instance.data_limit"}}) {
    Scene scene;
    scene.set(used, std::int64_t{60'000'000}).set(limit, std::int64_t{65'530'000});
    EXPECT_EQ(strain(scene, "map-count"), "likely") << used;
    scene.set(limit, kUnlimited);
    EXPECT_EQ(strain(scene, "map-count"), "none") << used;
  }
}

TEST(SlowFork, IsMeasuredForEachGib) {
  Scene scene;
  scene.set("instance.rss_anon", 2 * kGiB).set("redis.latest_fork_usec", std::int64_t{30'000});
  EXPECT_EQ(strain(scene, "slow-fork"), "none") << "15 ms a GiB are normal";
  scene.set("redis.latest_fork_usec", std::int64_t{400'000});
  EXPECT_EQ(strain(scene, "slow-fork"), "likely");
  scene.set("instance.rss_anon", 10 * kMiB).set("redis.latest_fork_usec", std::int64_t{9'000});
  EXPECT_EQ(strain(scene, "slow-fork"), "none") << "9 ms hurt nobody";
}

TEST(SlowDisk, IsLikelyWithTwoHintsAndNothingWithAnOldOne) {
  Scene scene;
  scene.set("redis.aof_delayed_fsync", std::int64_t{12});
  EXPECT_EQ(strain(scene, "slow-disk"), "none");
  scene.set("host.pressure.io_full", 40.0);
  EXPECT_EQ(strain(scene, "slow-disk"), "likely");
  scene.set("redis.aof_delayed_fsync", std::int64_t{0});
  EXPECT_EQ(strain(scene, "slow-disk"), "possible");
}

TEST(OverlappingSaves, AreSeenWhileThisServerSavesToo) {
  Scene scene;
  scene.set("instance.other_save_children", std::int64_t{2});
  EXPECT_EQ(strain(scene, "overlapping-saves"), "none") << "this one does not save";
  scene.set("redis.rdb_bgsave_in_progress", std::int64_t{1})
      .set("redis.rdb_current_bgsave_time_sec", std::int64_t{3});
  EXPECT_EQ(strain(scene, "overlapping-saves"), "proven");
}

constexpr std::string_view kSyncTarget =
    "812:M 25 Nov 2026 03:0%:10.000 * Starting BGSAVE for SYNC with target: replicas sockets";

std::string at_minute(std::string_view line, char minute) {
  std::string text(line);
  text[text.find('%')] = minute;
  return text;
}

TEST(FullSyncLoop, NeedsMoreSyncsThanReplicasAndIsLikelyWithAReason) {
  Scene scene;
  scene.set("redis.connected_slaves", std::int64_t{1});
  for (const char minute : {'5', '7'}) scene.log(at_minute(kSyncTarget, minute));
  scene.log("812:M 25 Nov 2026 03:07:11.000 * Background RDB transfer started by pid 4711");
  EXPECT_EQ(strain(scene, "full-sync-loop"), "none") << "two syncs, one of them with two lines";
  scene.log(at_minute(kSyncTarget, '9'));
  EXPECT_EQ(strain(scene, "full-sync-loop"), "possible");
  scene.set("redis.connected_slaves", std::int64_t{5});
  EXPECT_EQ(strain(scene, "full-sync-loop"), "none") << "five replicas may attach at once";
  scene.set("redis.connected_slaves", std::int64_t{1})
      .log(
          "812:M 25 Nov 2026 03:09:20.000 # Client id=7 addr=10.0.0.7:1 scheduled to be closed "
          "ASAP for overcoming of output buffer limits.");
  EXPECT_EQ(strain(scene, "full-sync-loop"), "likely");
}

TEST(SettingReverted, IsAKnobThatAFileSetsOtherwise) {
  Scene scene;
  scene.mode(0).set("host.persisted.overcommit_memory", std::int64_t{1});
  EXPECT_EQ(strain(scene, "setting-reverted"), "likely");
  scene.mode(1);
  EXPECT_EQ(strain(scene, "setting-reverted"), "none");
}

constexpr std::string_view kKilledChild =
    "700:M 25 Nov 2026 03:00:00.000 # Background saving terminated by signal 9";
constexpr std::string_view kSigterm =
    "700:signal-handler (1795575600) Received SIGTERM scheduling shutdown...";
constexpr std::string_view kStart =
    "812:C 25 Nov 2026 03:00:05.000 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo";

Scene restarted() {
  Scene scene;
  scene.set("redis.uptime_in_seconds", std::int64_t{595})
      .set("instance.memory.levels", std::int64_t{1})
      .set("instance.memory.0.path",
           std::string("/sys/fs/cgroup/system.slice/redis-server.service"));
  return scene;
}

void kernel_killed_its_child(Scene& scene) {
  scene.kernel("2026-11-25T03:00:00Z",
               "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
               "oom_memcg=/system.slice/redis-server.service,task_memcg=/system.slice/"
               "redis-server.service,task=redis-server,pid=705,uid=999");
  scene.kernel("2026-11-25T03:00:00Z",
               "Memory cgroup out of memory: Killed process 705 (redis-server) total-vm:1kB, "
               "anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:999 pgtables:1kB oom_score_adj:0");
}

TEST(UnitKill, IsLikelyByTheLogAloneAndProvenWithTheKernels) {
  Scene scene = restarted();
  scene.log(kKilledChild).log(kSigterm).log(kStart);
  EXPECT_EQ(strain(scene, "unit-kill"), "likely");
  kernel_killed_its_child(scene);
  EXPECT_EQ(strain(scene, "unit-kill"), "proven");
}

TEST(UnitKill, IsOneAlsoWhereTheServerSavedOnItsWayOut) {
  Scene scene = restarted();
  scene.log(kKilledChild)
      .log(kSigterm)
      .log("700:M 25 Nov 2026 03:00:01.000 * DB saved on disk")
      .log(kStart);
  EXPECT_EQ(strain(scene, "unit-kill"), "likely");
  scene.log("812:M 25 Nov 2026 03:09:00.000 * Background saving terminated with success");
  EXPECT_EQ(strain(scene, "unit-kill"), "none") << "a save since";
}

// SIGTERM is handled before the server has heard of its child's death.
TEST(UnitKill, IsProvenByTheKernelWhereTheServerEndedItsChildItself) {
  Scene scene = restarted();
  scene.log("700:M 25 Nov 2026 03:00:01.000 # There is a child saving an .rdb. Killing it!")
      .log("700:M 25 Nov 2026 03:00:02.000 * DB saved on disk")
      .log(kStart);
  EXPECT_EQ(strain(scene, "unit-kill"), "none") << "any restart during a save says this";
  kernel_killed_its_child(scene);
  EXPECT_EQ(strain(scene, "unit-kill"), "proven");
}

TEST(UnitKill, IsNotAKillThatTheServerOutlived) {
  Scene scene = restarted();
  scene.set("redis.uptime_in_seconds", std::int64_t{90'000});
  scene.log("812:M 25 Nov 2026 03:00:00.000 # Background saving terminated by signal 9");
  EXPECT_EQ(strain(scene, "unit-kill"), "none");
  scene = restarted();
  scene.log("700:M 24 Nov 2026 03:00:00.000 # Background saving terminated by signal 9")
      .log(kSigterm)
      .log(kStart);
  EXPECT_EQ(strain(scene, "unit-kill"), "none") << "a day before the start";
}

TEST(ReplicaAboutToAbort, IsLikelyWithTheDefaultsOfSeven) {
  Scene scene;
  scene.save_fails().set("redis.role", std::string("slave"));
  EXPECT_EQ(strain(scene, "replica-about-to-abort"), "likely");
  for (const auto& [name, value] :
       {std::pair{"redis.config.replica-ignore-disk-write-errors", "yes"},
        std::pair{"redis.config.stop-writes-on-bgsave-error", "no"},
        std::pair{"redis.config.save", ""}, std::pair{"redis.redis_version", "6.2.14"},
        std::pair{"redis.role", "master"}}) {
    Scene other;
    other.save_fails().set("redis.role", std::string("slave")).set(name, std::string(value));
    EXPECT_EQ(strain(other, "replica-about-to-abort"), "none") << name;
  }
}

TEST(AofIncrFlood, IsLikelyWithManyFilesAfterARefusedRewrite) {
  Scene scene;
  scene.set("redis.aof_enabled", std::int64_t{1})
      .set("redis.aof_last_bgrewrite_status", std::string("err"))
      .set("instance.aof_dir.incr_files", std::int64_t{41})
      .log(
          "812:M 25 Nov 2026 03:09:58.120 # Can't rewrite append only file in background: fork: "
          "Cannot allocate memory");
  EXPECT_EQ(strain(scene, "aof-incr-flood"), "likely");
  scene.set("instance.aof_dir.incr_files", std::int64_t{1});
  EXPECT_EQ(strain(scene, "aof-incr-flood"), "none");
}

TEST(AofRewriteLimited, IsOverWithTheNextRewriteThatWorks) {
  Scene scene;
  scene.log(
      "812:M 25 Nov 2026 03:01:00.000 # Background AOF rewrite has repeatedly failed and "
      "triggered the limit, will retry in 4 minutes");
  EXPECT_EQ(strain(scene, "aof-rewrite-limited"), "likely");
  scene.log("812:M 25 Nov 2026 03:05:00.000 * Background AOF rewrite finished successfully");
  EXPECT_EQ(strain(scene, "aof-rewrite-limited"), "none");
}

TEST(PopularAdvice, SaysWhatDoesHarmForThisCause) {
  Scene scene;
  scene.save_fails().log(kForkEnomem).mode(2).set("host.committed_as", 100 * kGiB);
  EXPECT_TRUE(says(scene.diagnose().advice, "stop-writes-on-bgsave-error no"));
  Scene killed;
  killed.save_fails()
      .log("812:M 25 Nov 2026 03:09:58.000 # Background saving terminated by signal 9")
      .set("host.oom_kills", std::int64_t{0});
  EXPECT_EQ(answer_for(killed.diagnose(), "userspace-kill"), "proven");
  EXPECT_TRUE(says(killed.diagnose().advice, "find it and let it"));
}

}  // namespace
}  // namespace forkmend::diagnosis
