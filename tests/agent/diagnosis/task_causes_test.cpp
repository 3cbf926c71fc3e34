// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

Scene refused_with_eagain() {
  Scene scene;
  scene.save_fails().log(kForkEagain);
  return scene;
}

TEST(Eagain, IsNeverOvercommit) {
  Scene scene = refused_with_eagain();
  // The arithmetic of mode 2 refuses too, and the kernel has a line of this server.
  scene.mode(2).set("host.committed_as", 100 * kGiB).kernel("2026-11-25T03:09:58Z", kRefusalLine);
  for (const auto* id : {"commit-limit", "overcommit-heuristic"}) {
    EXPECT_EQ(answer_for(scene.diagnose(), id), "ruled out: errno EAGAIN is never overcommit.");
  }
  EXPECT_EQ(answer_for(scene.diagnose(), "memory-shortage"),
            "ruled out: errno EAGAIN is not about memory.");
}

TEST(NprocLimit, IsLikelyWhenFullAndNeverProven) {
  Scene scene = refused_with_eagain();
  scene.set("instance.uid_tasks", std::int64_t{63'000});
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(answer_for(diagnosis, "nproc-limit"), "likely");
  EXPECT_EQ(answer_for(diagnosis, "pids-limit"),
            "ruled out: pids.events max is 0 at every level: the pids controller refused no fork.");
  EXPECT_EQ(answer_for(diagnosis, "system-task-limit").find("ruled out: Admitted: 400 tasks"), 0U);
}

TEST(NprocLimit, IsPossibleWhenNearlyFullAndRuledOutFarFromIt) {
  Scene scene = refused_with_eagain();
  scene.set("instance.uid_tasks", std::int64_t{62'000});
  EXPECT_EQ(answer_for(scene.diagnose(), "nproc-limit"), "possible");
  scene.set("instance.uid_tasks", std::int64_t{31'000});
  EXPECT_EQ(answer_for(scene.diagnose(), "nproc-limit").find("ruled out: Admitted"), 0U);
}

TEST(NprocLimit, IsRuledOutForAnExemptServer) {
  Scene scene = refused_with_eagain();
  scene.set("instance.uid_tasks", std::int64_t{63'000}).set("instance.nproc_exempt", true);
  EXPECT_EQ(answer_for(scene.diagnose(), "nproc-limit").find("ruled out: RLIMIT_NPROC does not"),
            0U);
}

TEST(NprocLimit, IsPossibleWhenTasksCannotBeCounted) {
  Scene scene = refused_with_eagain();
  scene.hide("instance.uid_tasks");
  EXPECT_EQ(answer_for(scene.diagnose(), "nproc-limit"), "possible");
}

// From 6.11 on the count is kept at the ancestor whose limit was met; the server's own stays 0.
Scene full_ancestor() {
  Scene scene = refused_with_eagain();
  scene.set("instance.pids.levels", std::int64_t{2})
      .set("instance.pids.0.max", kUnlimited)
      .set("instance.pids.1.path", std::string("/sys/fs/cgroup/system.slice"))
      .set("instance.pids.1.current", std::int64_t{20})
      .set("instance.pids.1.max", std::int64_t{20})
      .set("instance.pids.1.events_max", std::int64_t{17});
  return scene;
}

TEST(PidsLimit, IsProvenByCounterAndFullAncestor) {
  const Diagnosis diagnosis = full_ancestor().diagnose();
  ASSERT_FALSE(diagnosis.causes.empty());
  EXPECT_EQ(diagnosis.causes.front().id, "pids-limit");
  EXPECT_EQ(diagnosis.causes.front().confidence, Confidence::proven);
  const auto& evidence = diagnosis.causes.front().evidence;
  ASSERT_EQ(evidence.size(), 3U);
  EXPECT_NE(evidence[1].says.find("system.slice, its pids.max is 20"), std::string::npos);
  EXPECT_EQ(evidence[2].source, "/sys/fs/cgroup/system.slice/pids.events");
  EXPECT_EQ(evidence[2].says, "max is 17: so many forks were refused here.");
  EXPECT_TRUE(evidence[2].kernel);
}

// Before 6.11 the forking cgroup counts, whichever level's limit was met.
TEST(PidsLimit, IsProvenByTheOldWayOfCountingToo) {
  Scene scene = full_ancestor();
  scene.set("instance.pids.0.events_max", std::int64_t{17})
      .set("instance.pids.1.events_max", std::int64_t{0});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "proven");
}

TEST(PidsLimit, ACountWithoutAFullLimitMayBeOld) {
  Scene scene = full_ancestor();
  scene.set("instance.pids.1.current", std::int64_t{10});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
  EXPECT_TRUE(says(scene.diagnose().advice, "gone at this moment"));
}

TEST(PidsLimit, AFullLimitThatRefusedNothingIsNotThisFailure) {
  Scene scene = full_ancestor();
  scene.set("instance.pids.1.events_max", std::int64_t{0});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "possible");
}

TEST(PidsLimit, AFullLimitWithoutCountersIsLikely) {
  Scene scene = full_ancestor();
  scene.hide("instance.pids.0.events_max").hide("instance.pids.1.events_max");
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
}

TEST(PidsLimit, ZeroCountersInsideAContainerDecideNothing) {
  Scene scene = refused_with_eagain();
  scene.set("instance.pids.0.max", std::int64_t{100});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit").find("ruled out: pids.events max is 0"), 0U);
  scene.set("host.container", std::string("docker"));
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "possible");
}

TEST(PidsLimit, IsProvenByTheKernelsLineAtThatTime) {
  Scene scene = refused_with_eagain();
  scene.kernel("2026-11-25T03:09:58Z", kRejectionLine);
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "proven");
}

// The line is printed once in a cgroup's life: an old one is a witness, but no proof.
TEST(PidsLimit, AnEarlierLineIsOneWitness) {
  Scene scene = refused_with_eagain();
  scene.kernel("2026-11-24T12:00:00Z", kRejectionLine);
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
  scene.set("instance.pids.0.max", std::int64_t{5});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "proven");
}

TEST(PidsLimit, ALineOfAnotherCgroupProvesNothing) {
  Scene scene = refused_with_eagain();
  scene.kernel("2026-11-25T03:09:58Z",
               "cgroup: fork rejected by pids controller in /system.slice/redis.service");
  EXPECT_EQ(cause_of(scene.diagnose(), "pids-limit"), nullptr);
}

TEST(PidsLimit, IsNotAnsweredWithEnomem) {
  Scene scene = full_ancestor();
  scene
      .log(
          "812:M 25 Nov 2026 03:09:59.120 # Can't save in background: fork: Cannot allocate "
          "memory")
      .kernel("2026-11-25T03:09:59Z", kRejectionLine);
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"),
            "ruled out: errno is ENOMEM: a pids.max is answered with EAGAIN.");
}

TEST(PidsLimit, WithoutALogItIsLikelyWhenFull) {
  Scene scene;
  scene.save_fails()
      .set("instance.pids.0.max", std::int64_t{5})
      .set("instance.pids.0.events_max", std::int64_t{3});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
}

TEST(SystemTaskLimit, IsLikelyWhenThreadsMaxIsReached) {
  Scene scene = refused_with_eagain();
  scene.set("host.threads", std::int64_t{127'000});
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(answer_for(diagnosis, "system-task-limit"), "likely");
  EXPECT_NE(cause_of(diagnosis, "system-task-limit")->evidence.back().says.find("threads-max"),
            std::string::npos);
}

TEST(SystemTaskLimit, IsLikelyWhenHardlyAPidIsLeft) {
  Scene scene = refused_with_eagain();
  scene.set("host.pid_max", std::int64_t{32'768}).set("host.threads", std::int64_t{32'400});
  EXPECT_EQ(answer_for(scene.diagnose(), "system-task-limit"), "likely");
}

// Kernels before 4.1 answer with ENOMEM when no pid is left, and only then.
TEST(SystemTaskLimit, CanBeEnomemOnOldKernels) {
  Scene scene;
  scene.mode(1).save_fails().log(kForkEnomem).set("host.threads_max", std::int64_t{400});
  scene.set("host.pid_max", std::int64_t{600});
  EXPECT_EQ(answer_for(scene.diagnose(), "system-task-limit"),
            "ruled out: errno is ENOMEM: a full task table is answered with EAGAIN.");
  scene.set("host.kernel_release", std::string("3.10.0-1160.el7.x86_64"));
  EXPECT_EQ(answer_for(scene.diagnose(), "system-task-limit"), "likely");
  EXPECT_EQ(cause_of(scene.diagnose(), "system-task-limit")->evidence.back().source,
            "kernel rule PIDMAX");
}

}  // namespace
}  // namespace forkmend::diagnosis
