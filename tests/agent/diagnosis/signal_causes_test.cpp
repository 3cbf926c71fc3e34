// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

constexpr std::string_view kStarted =
    "812:M 25 Nov 2026 03:09:50.120 * Background saving started by pid 4711";
constexpr std::string_view kTime = "2026-11-25T03:09:58Z";
constexpr std::string_view kCgroup = "/system.slice/redis-server.service";

/// A child that ended by a signal, on a host whose kernel log reaches back a day.
Scene killed(int signal) {
  Scene scene;
  scene.save_fails();
  scene.set("host.kernel_log", true);
  scene.set("host.oom_kills", std::int64_t{3});
  scene.set("instance.comm", std::string("redis-server"));
  scene.set("instance.seccomp", std::int64_t{2});
  scene.set("instance.memory.levels", std::int64_t{1});
  scene.set("instance.memory.0.path", "/sys/fs/cgroup" + std::string(kCgroup));
  scene.set("instance.memory.0.max", 4 * kGiB);
  scene.set("instance.memory.0.oom_kill", std::int64_t{0});
  scene.kernel("2026-11-24T23:30:00Z", "Linux version 6.1.0-18-amd64");
  scene.log(kStarted);
  scene.log("812:M 25 Nov 2026 03:09:58.120 # Background saving terminated by signal " +
            std::to_string(signal));
  return scene;
}

Scene& oom_lines(Scene& scene, std::string_view time, std::string_view constraint,
                 std::string_view cgroup, int pid) {
  const bool memcg = constraint == "MEMCG";
  scene.kernel(time, "oom-kill:constraint=CONSTRAINT_" + std::string(constraint) +
                         ",nodemask=(null),cpuset=/,mems_allowed=0," +
                         (memcg ? "oom_memcg=/system.slice" : "global_oom") +
                         ",task_memcg=" + std::string(cgroup) +
                         ",task=redis-server,pid=" + std::to_string(pid) + ",uid=999");
  return scene.kernel(time, std::string(memcg ? "Memory cgroup out of memory" : "Out of memory") +
                                ": Killed process " + std::to_string(pid) +
                                " (redis-server) total-vm:3000kB, anon-rss:2000kB, file-rss:0kB, "
                                "shmem-rss:0kB, UID:999 pgtables:40kB oom_score_adj:0");
}

/// What is said of each cause: only one of them is named.
void expect_only(const Diagnosis& diagnosis, std::string_view id, std::string_view confidence) {
  EXPECT_EQ(answer_for(diagnosis, id), confidence);
  for (const Cause& cause : diagnosis.causes) {
    EXPECT_TRUE(cause.id == id || cause.confidence == Confidence::possible) << cause.id;
  }
}

TEST(SignalCauses, ProvesTheLimitOfACgroupByTheKernelsLine) {
  Scene scene = killed(9);
  const Diagnosis diagnosis = oom_lines(scene, kTime, "MEMCG", kCgroup, 4711).diagnose();
  expect_only(diagnosis, "cgroup-oom", "proven");
  EXPECT_NE(cause_of(diagnosis, "cgroup-oom")->evidence[1].says.find("/system.slice"),
            std::string::npos);
  EXPECT_TRUE(answer_for(diagnosis, "host-oom").starts_with("ruled out"));
  EXPECT_TRUE(answer_for(diagnosis, "userspace-kill").starts_with("ruled out"));
}

TEST(SignalCauses, ProvesAShortageOfTheHost) {
  Scene scene = killed(9);
  expect_only(oom_lines(scene, kTime, "NONE", kCgroup, 4711).diagnose(), "host-oom", "proven");
}

TEST(SignalCauses, TakesNoOtherProcessesKillForItsChilds) {
  for (const int pid : {4712, 812}) {
    Scene scene = killed(9);
    const Diagnosis diagnosis = oom_lines(scene, kTime, "MEMCG", kCgroup, pid).diagnose();
    expect_only(diagnosis, "userspace-kill", "likely");
  }
  Scene earlier = killed(9);
  expect_only(oom_lines(earlier, "2026-11-25T01:00:00Z", "MEMCG", kCgroup, 4711).diagnose(),
              "userspace-kill", "likely");
}

TEST(SignalCauses, MatchesByNameAndCgroupWherePidsDiffer) {
  Scene ours = killed(9);
  ours.set("instance.pid", std::int64_t{30812});
  expect_only(oom_lines(ours, kTime, "MEMCG", kCgroup, 34711).diagnose(), "cgroup-oom", "proven");

  Scene foreign = killed(9);
  foreign.set("instance.pid", std::int64_t{30812});
  expect_only(oom_lines(foreign, kTime, "MEMCG", "/docker/other", 34711).diagnose(),
              "userspace-kill", "likely");
}

TEST(SignalCauses, ProvesASignalFromUserspaceWhereTheKernelKilledNothing) {
  Scene scene = killed(9);
  scene.set("host.oom_kills", std::int64_t{0});
  expect_only(scene.diagnose(), "userspace-kill", "proven");
}

TEST(SignalCauses, NamesNoCulpritWithoutTheKernelLog) {
  Scene scene = killed(9);
  scene.hide("host.kernel_log");
  const Diagnosis diagnosis = scene.diagnose();
  for (const auto* id : {"cgroup-oom", "host-oom", "userspace-kill"}) {
    EXPECT_EQ(answer_for(diagnosis, id), "possible") << id;
  }
  scene.set("instance.memory.0.oom_kill", std::int64_t{2});
  EXPECT_EQ(answer_for(scene.diagnose(), "cgroup-oom"), "likely");
}

TEST(SignalCauses, RulesOutACgroupWithoutALimit) {
  Scene scene = killed(9);
  scene.hide("host.kernel_log");
  scene.set("instance.memory.0.max", kUnlimited);
  EXPECT_TRUE(
      answer_for(scene.diagnose(), "cgroup-oom").starts_with("ruled out: no memory cgroup"));
}

TEST(SignalCauses, KnowsTheSignalsThatTheKernelDoesNotSend) {
  expect_only(killed(15).diagnose(), "userspace-kill", "proven");
}

TEST(SignalCauses, ProvesASeccompFilter) {
  Scene scene = killed(31);
  expect_only(scene.diagnose(), "seccomp", "likely");
  scene.kernel(kTime,
               "audit: type=1326 audit(1764039798.120:77): auid=4294967295 uid=999 gid=999 "
               "ses=4294967295 subj=unconfined pid=4711 comm=\"redis-server\" "
               "exe=\"/usr/bin/redis-check-rdb\" sig=31 arch=c000003e syscall=277 compat=0 "
               "ip=0x7f0000000000 code=0x80000000");
  expect_only(scene.diagnose(), "seccomp", "proven");

  Scene without = killed(31);
  without.set("instance.seccomp", std::int64_t{0});
  EXPECT_TRUE(answer_for(without.diagnose(), "seccomp").starts_with("ruled out"));
}

TEST(SignalCauses, ProvesACrashByTheKernelsLine) {
  Scene scene = killed(11);
  expect_only(scene.diagnose(), "child-crash", "likely");
  scene.kernel(
      kTime,
      "redis-server[4711]: segfault at 0 ip 000055d1 sp 00007ffc error 4 in redis-check-rdb");
  expect_only(scene.diagnose(), "child-crash", "proven");
  expect_only(killed(6).diagnose(), "child-crash", "likely");
}

TEST(SignalCauses, TakesAChildCalledOffForNoFailure) {
  Scene scene;
  scene.log(kStarted);
  scene.log("812:M 25 Nov 2026 03:09:58.120 # Background saving terminated by signal 10");
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_FALSE(diagnosis.failing);
  EXPECT_EQ(answer_for(diagnosis, "false-alarm"), "likely");

  Scene later;
  later.log("812:M 25 Nov 2026 03:08:58.120 # Background saving terminated by signal 10");
  later.log(kStarted);
  later.log("812:M 25 Nov 2026 03:09:59.120 * Background saving terminated with success");
  EXPECT_TRUE(later.diagnose().causes.empty());
}

TEST(HungChild, IsProvenByAStoppedChild) {
  Scene scene;
  scene.set("redis.rdb_bgsave_in_progress", std::int64_t{1});
  scene.set("redis.rdb_current_bgsave_time_sec", std::int64_t{4});
  scene.set("redis.rdb_last_bgsave_time_sec", std::int64_t{1});
  EXPECT_FALSE(scene.set("instance.child.state", std::string("S")).diagnose().failing);
  scene.set("instance.child.state", std::string("T"));
  scene.set("instance.child.pid", std::int64_t{4711});
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(failure_of(diagnosis, FailureKind::rdb_save)->stage, FailureStage::hung);
  expect_only(diagnosis, "hung-child", "proven");
}

TEST(HungChild, IsOverdueAfterTenTimesTheLastSave) {
  Scene scene;
  scene.set("redis.rdb_bgsave_in_progress", std::int64_t{1});
  scene.set("redis.rdb_last_bgsave_time_sec", std::int64_t{90});
  scene.set("instance.child.state", std::string("D"));
  scene.set("redis.rdb_current_bgsave_time_sec", std::int64_t{900});
  EXPECT_FALSE(scene.diagnose().failing);
  scene.set("redis.rdb_current_bgsave_time_sec", std::int64_t{920});
  expect_only(scene.diagnose(), "hung-child", "likely");
  scene.set("redis.rdb_last_bgsave_time_sec", std::int64_t{-1});
  EXPECT_FALSE(scene.diagnose().failing);
}

}  // namespace
}  // namespace forkmend::diagnosis
