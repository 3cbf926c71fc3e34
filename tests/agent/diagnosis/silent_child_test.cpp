// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A save failed and no line tells how: what the server's counters and the kernel's log say of it.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

constexpr std::string_view kServiceCgroup = "/system.slice/redis-server.service";

/// Strict overcommit whose limit is full: the arithmetic refuses the next fork.
Scene strict_and_failing() {
  Scene scene;
  scene.mode(2).save_fails();
  scene.set("host.committed_as", std::int64_t{8} * kGiB);
  scene.set("host.commit_limit", std::int64_t{8} * kGiB);
  return scene;
}

Scene& counters(Scene& scene, std::int64_t saves, std::int64_t forks) {
  scene.set("redis.rdb_saves", saves);
  scene.set("redis.total_forks", forks);
  scene.set("redis.aof_rewrites", std::int64_t{0});
  scene.set("redis.sync_full", std::int64_t{0});
  scene.set("redis.module_fork_in_progress", std::int64_t{0});
  return scene.set("redis.module_fork_last_cow_size", std::int64_t{0});
}

FailureStage stage_of(const Diagnosis& diagnosis) {
  return diagnosis.failures.empty() ? FailureStage::fork : diagnosis.failures.front().stage;
}

TEST(SilentChild, AsManyForksAsSavesMeanThatNoForkWasRefused) {
  Scene scene = strict_and_failing();
  EXPECT_EQ(answer_for(scene.diagnose(), "commit-limit"), "likely");
  const Diagnosis diagnosis = counters(scene, 400, 400).diagnose();
  EXPECT_EQ(stage_of(diagnosis), FailureStage::child_exit);
  EXPECT_EQ(cause_of(diagnosis, "commit-limit"), nullptr);
}

TEST(SilentChild, FewerForksThanSavesDecideNothing) {
  Scene scene = strict_and_failing();
  EXPECT_EQ(stage_of(counters(scene, 400, 10).diagnose()), FailureStage::unknown);
  EXPECT_EQ(answer_for(scene.diagnose(), "commit-limit"), "likely");
}

TEST(SilentChild, ForksOfOthersAreNotTheSaves) {
  Scene scene = strict_and_failing();
  counters(scene, 400, 405).set("redis.aof_rewrites", std::int64_t{6});
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::unknown);
  scene.set("redis.aof_rewrites", std::int64_t{5});
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::child_exit);
  scene.set("redis.sync_full", std::int64_t{1});
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::unknown);
}

TEST(SilentChild, AModuleThatForksMakesTheCountersUseless) {
  Scene scene = strict_and_failing();
  counters(scene, 400, 400).set("redis.module_fork_last_cow_size", std::int64_t{4096});
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::unknown);
}

TEST(SilentChild, InAClusterSlotMigrationsForkAsWell) {
  Scene scene = strict_and_failing();
  counters(scene, 400, 400).set("redis.redis_mode", std::string("cluster"));
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::unknown);
  scene.set("redis.redis_mode", std::string("standalone"));
  scene.set("redis.server_mode", std::string("cluster"));
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::unknown);
}

TEST(SilentChild, BeforeSevenForksWereCountedThoughRefused) {
  Scene scene = strict_and_failing();
  scene.set("redis.redis_version", std::string("6.2.14"));
  EXPECT_EQ(stage_of(counters(scene, 400, 400).diagnose()), FailureStage::unknown);
}

TEST(SilentChild, ConsecutiveFailuresAreOfChildren) {
  Scene scene = strict_and_failing();
  scene.set("redis.redis_version", std::string("8.4.0"));
  scene.set("redis.rdb_saves", std::int64_t{161'554});
  scene.set("redis.rdb_saves_consecutive_failures", std::int64_t{161'554});
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::child_exit);
  // One child failed, and then 161553 saves of which the counter says nothing.
  scene.set("redis.rdb_saves_consecutive_failures", std::int64_t{1});
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::unknown);
}

TEST(SilentChild, NumbersOfALiarDoNotOverflow) {
  Scene scene = strict_and_failing();
  counters(scene, 1, INT64_MIN).set("redis.aof_rewrites", INT64_MAX);
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::unknown);
  counters(scene, 1, INT64_MAX).set("redis.sync_full", INT64_MIN);
  EXPECT_EQ(stage_of(scene.diagnose()), FailureStage::unknown);
}

TEST(SilentChild, IsFoundInTheKernelLog) {
  Scene scene;
  scene.save_fails();
  scene.set("host.kernel_log", true);
  scene.set("host.oom_kills", std::int64_t{1});
  scene.set("instance.comm", std::string("redis-server"));
  scene.set("instance.memory.0.path", "/sys/fs/cgroup" + std::string(kServiceCgroup));
  scene.kernel("2026-11-25T03:09:58Z",
               "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
               "global_oom,task_memcg=/system.slice/redis-server.service,task=redis-server,"
               "pid=4711,uid=999");
  scene.kernel("2026-11-25T03:09:58Z",
               "Out of memory: Killed process 4711 (redis-server) total-vm:3000kB, "
               "anon-rss:2000kB, file-rss:0kB, shmem-rss:0kB, UID:999 pgtables:40kB "
               "oom_score_adj:0");
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(stage_of(diagnosis), FailureStage::unknown);
  EXPECT_EQ(answer_for(diagnosis, "host-oom"), "proven");
  EXPECT_EQ(cause_of(diagnosis, "userspace-kill"), nullptr);
  EXPECT_TRUE(says(diagnosis.advice, "vm.overcommit_memory=1 does not help"));
}

TEST(ForkFilter, IsNamedForAnErrnoThatNoLimitGives) {
  constexpr std::string_view kLine =
      "812:M 25 Nov 2026 03:09:58.120 # Can't save in background: fork: Operation not permitted";
  Scene scene;
  scene.save_fails().log(kLine);
  EXPECT_EQ(answer_for(scene.set("instance.seccomp", std::int64_t{2}).diagnose(), "seccomp"),
            "likely");
  EXPECT_TRUE(says(scene.diagnose().advice, "seccomp=unconfined"));
  EXPECT_EQ(answer_for(scene.set("instance.seccomp", std::int64_t{0}).diagnose(), "seccomp"),
            "ruled out: Seccomp of /proc/PID/status is 0: it has no filter.");
  EXPECT_EQ(answer_for(scene.hide("instance.seccomp").diagnose(), "seccomp"), "undecided");
}

TEST(ForkFilter, HasNothingToDoWithALimit) {
  Scene scene;
  scene.save_fails().set("instance.seccomp", std::int64_t{2}).log(kForkEagain);
  EXPECT_EQ(answer_for(scene.diagnose(), "seccomp"),
            "ruled out: errno is EAGAIN, and a filter answers with EPERM or ENOSYS.");
}

TEST(HungChild, TheFirstSaveIsGivenSixHours) {
  Scene scene;
  scene.set("redis.rdb_bgsave_in_progress", std::int64_t{1});
  scene.set("redis.rdb_last_bgsave_time_sec", std::int64_t{-1});
  scene.set("instance.child.state", std::string("S"));
  scene.set("redis.rdb_current_bgsave_time_sec", std::int64_t{21'599});
  EXPECT_FALSE(scene.diagnose().failing);
  scene.set("redis.rdb_current_bgsave_time_sec", std::int64_t{21'600});
  EXPECT_EQ(answer_for(scene.diagnose(), "hung-child"), "likely");
}

/// Up to 2.8 a line has no role, and the child's own line has the child's pid.
TEST(LogStory, ReadsTheLinesOfTwoEight) {
  Scene scene;
  scene.set("redis.redis_version", std::string("2.8.24")).save_fails();
  scene.log("[812] 25 Nov 03:09:50.120 * Background saving started by pid 4711");
  scene.log("[4711] 25 Nov 03:09:58.110 # Failed opening .rdb for saving: Permission denied");
  scene.log("[812] 25 Nov 03:09:58.120 # Background saving error");
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(stage_of(diagnosis), FailureStage::write);
  EXPECT_EQ(diagnosis.failures.front().error_number, EACCES);
}

}  // namespace
}  // namespace forkmend::diagnosis
