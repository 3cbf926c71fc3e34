// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Refused forks that are neither overcommit nor a limit of tasks.
#include <gtest/gtest.h>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

/// One memory cgroup whose limit leaves no room for page tables, on a kernel that fails the fork.
Scene full_cgroup() {
  Scene scene;
  scene.save_fails()
      .log(kForkEnomem)
      .set("host.kernel_release", std::string("4.14.0-1-amd64"))
      .set("instance.vm_pte", 8 * kMiB)
      .set("instance.memory.levels", std::int64_t{1})
      .set("instance.memory.0.path", std::string("/sys/fs/cgroup/redis"))
      .set("instance.memory.0.max", kGiB)
      .set("instance.memory.0.current", kGiB)
      .set("instance.memory.0.reclaimable", std::int64_t{0})
      .set("instance.memory.0.swap_max", std::int64_t{0})
      .set("instance.memory.0.swap_current", std::int64_t{0});
  return scene;
}

TEST(CgroupMemoryRefusal, IsLikelyByArithmeticAndProvenWithTheCounter) {
  Scene scene = full_cgroup();
  EXPECT_EQ(answer_for(scene.diagnose(), "cgroup-memory-refusal"), "likely");
  scene.set("instance.memory.0.oom", std::int64_t{3});
  EXPECT_EQ(answer_for(scene.diagnose(), "cgroup-memory-refusal"), "proven");
  scene.hide("instance.memory.0.oom").set("instance.memory.0.failcnt", std::int64_t{3});
  EXPECT_EQ(answer_for(scene.diagnose(), "cgroup-memory-refusal"), "proven") << "version 1";
}

TEST(CgroupMemoryRefusal, IsRuledOutByAKillOrAnotherErrno) {
  Scene scene = full_cgroup();
  scene.set("instance.memory.0.oom_kill", std::int64_t{1});
  EXPECT_EQ(answer_for(scene.diagnose(), "cgroup-memory-refusal"),
            "ruled out: oom_kill has grown: the kernel kills at that limit and does not refuse.");
  Scene other;
  other.save_fails().log(kForkEagain);
  EXPECT_EQ(answer_for(other.diagnose(), "cgroup-memory-refusal"),
            "ruled out: errno is EAGAIN: a memory limit gives ENOMEM.");
}

TEST(CgroupMemoryRefusal, IsRuledOutOnAKernelThatKillsThere) {
  Scene scene = full_cgroup();
  scene.set("host.kernel_release", std::string("6.1.0-18-amd64"));
  const std::string answer = answer_for(scene.diagnose(), "cgroup-memory-refusal");
  EXPECT_EQ(answer.find("ruled out: this kernel kills at that limit"), 0U) << answer;
}

TEST(KmemLimit, IsProvenWithTheCounterAndGoneFrom516On) {
  Scene scene;
  scene.save_fails()
      .log(kForkEnomem)
      .set("host.kernel_release", std::string("5.10.0-1-amd64"))
      .set("instance.vm_pte", 8 * kMiB)
      .set("instance.memory.levels", std::int64_t{1})
      .set("instance.memory.0.path", std::string("/sys/fs/cgroup/memory/redis"))
      .set("instance.memory.0.max", kUnlimited)
      .set("instance.memory.0.current", kGiB)
      .set("instance.memory.0.kmem_limit", 16 * kMiB)
      .set("instance.memory.0.kmem_current", 12 * kMiB);
  EXPECT_EQ(answer_for(scene.diagnose(), "kmem-limit"), "likely");
  scene.set("instance.memory.0.kmem_failcnt", std::int64_t{9});
  EXPECT_EQ(answer_for(scene.diagnose(), "kmem-limit"), "proven");
  scene.set("host.kernel_release", std::string("6.1.0-18-amd64"));
  EXPECT_EQ(answer_for(scene.diagnose(), "kmem-limit"),
            "ruled out: this kernel does not enforce memory.kmem.limit_in_bytes (from 5.16 on).");
}

TEST(PidNamespaceDead, IsProvenByANamespaceWithoutInit) {
  Scene scene;
  scene.save_fails().log(kForkEnomem).set("instance.pid_namespace_init", false);
  EXPECT_EQ(answer_for(scene.diagnose(), "pid-namespace-dead"), "proven");
  scene.set("instance.pid_namespace_init", true);
  const std::string answer = answer_for(scene.diagnose(), "pid-namespace-dead");
  EXPECT_EQ(answer.find("ruled out: Nothing points to it"), 0U) << answer;
}

constexpr std::string_view kForkEexist =
    "812:M 25 Nov 2026 03:09:58.120 # Can't save in background: fork: File exists";

TEST(ChildSlotTaken, IsLikelyByErrnoAndProvenByTheChild) {
  Scene scene;
  scene.save_fails().log(kForkEexist);
  EXPECT_EQ(answer_for(scene.diagnose(), "child-slot-taken"), "likely");
  scene.set("redis.module_fork_in_progress", std::int64_t{1})
      .set("instance.child.pid", std::int64_t{4711});
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(answer_for(diagnosis, "child-slot-taken"), "proven");
  EXPECT_EQ(diagnosis.causes.front().id, "child-slot-taken");
  EXPECT_TRUE(says(diagnosis.advice, "do not change a limit"));
}

TEST(ChildSlotTaken, IsRuledOutByAnotherErrno) {
  Scene scene;
  scene.save_fails().log(kForkEnomem);
  EXPECT_EQ(answer_for(scene.diagnose(), "child-slot-taken"),
            "ruled out: errno is ENOMEM: another child that runs is answered with EEXIST.");
}

TEST(GuestLimit, IsLikelyByABeancounterThatFailed) {
  Scene scene;
  scene.save_fails()
      .log(kForkEnomem)
      .set("host.beancounters_failed", std::string("privvmpages 12"));
  EXPECT_EQ(answer_for(scene.diagnose(), "guest-limit"), "likely");
  scene.set("host.beancounters_failed", std::string());
  EXPECT_EQ(answer_for(scene.diagnose(), "guest-limit"),
            "ruled out: failcnt of every beancounter is 0.");
}

}  // namespace
}  // namespace forkmend::diagnosis
