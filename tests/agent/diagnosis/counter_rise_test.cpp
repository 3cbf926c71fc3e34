// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A count has no time; two samples with the failure between them give it one.
#include "diagnosis/counter_rise.hpp"

#include <gtest/gtest.h>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

constexpr std::string_view kBefore = "2026-11-25T03:05:00Z";
constexpr std::string_view kAfter = "2026-11-25T03:09:59Z";

Scene eagain_with_room() {
  Scene scene;
  scene.save_fails().log(kForkEagain);
  scene.set("instance.pids.0.events_max", std::int64_t{17});
  return scene;
}

Scene killed_by_signal_9() {
  Scene scene;
  scene.save_fails();
  scene.set("host.oom_kills", std::int64_t{3});
  scene.set("instance.memory.levels", std::int64_t{1});
  scene.set("instance.memory.0.path", std::string("/sys/fs/cgroup/system.slice/redis.service"));
  scene.set("instance.memory.0.max", 4 * kGiB);
  scene.set("instance.memory.0.oom_kill", std::int64_t{2});
  scene.log("812:M 25 Nov 2026 03:09:50.120 * Background saving started by pid 4711");
  scene.log("812:M 25 Nov 2026 03:09:58.120 # Background saving terminated by signal 9");
  return scene;
}

std::string last_words(const Diagnosis& diagnosis, std::string_view id) {
  const Cause* cause = cause_of(diagnosis, id);
  return cause != nullptr ? cause->evidence.back().says : answer_for(diagnosis, id);
}

TEST(CounterRise, ARefusalInBetweenIsProof) {
  Scene scene = eagain_with_room();
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
  scene.sample(kBefore, {{"cgroup_pids_max", 15}}).sample(kAfter, {{"cgroup_pids_max", 17}});
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(answer_for(diagnosis, "pids-limit"), "proven");
  EXPECT_EQ(last_words(diagnosis, "pids-limit"),
            "max has risen by 2 since 2026-11-25T03:05:00.000Z, and the failure was in between");
}

TEST(CounterRise, WithAnotherFullLimitItIsNoProof) {
  Scene scene = eagain_with_room();
  scene.sample(kBefore, {{"cgroup_pids_max", 15}}).sample(kAfter, {{"cgroup_pids_max", 17}});
  scene.set("instance.uid_tasks", std::int64_t{63'000});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
}

TEST(CounterRise, ACounterAtRestRulesItOut) {
  Scene scene = eagain_with_room();
  scene.sample(kBefore, {{"cgroup_pids_max", 17}}).sample(kAfter, {{"cgroup_pids_max", 17}});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"),
            "ruled out: pids.events max has not risen since 2026-11-25T03:05:00.000Z, before the "
            "failure: the pids controller did not refuse this fork.");
  // Levels above a container's are not seen, and may have refused it.
  scene.set("host.container", std::string("docker"));
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
}

TEST(CounterRise, SamplesAfterTheFailureSayNothing) {
  Scene scene = eagain_with_room();
  scene.sample("2026-11-25T03:09:58.500Z", {{"cgroup_pids_max", 17}})
      .sample(kAfter, {{"cgroup_pids_max", 17}});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
}

TEST(CounterRise, ASampleWithoutTheCounterSaysNothing) {
  Scene scene = eagain_with_room();
  scene.sample(kBefore, {}).sample(kAfter, {{"cgroup_pids_max", 17}});
  EXPECT_EQ(answer_for(scene.diagnose(), "pids-limit"), "likely");
  // Of a cgroup that was made anew, or with other levels.
  Scene fallen = eagain_with_room();
  fallen.sample(kBefore, {{"cgroup_pids_max", 20}}).sample(kAfter, {{"cgroup_pids_max", 17}});
  EXPECT_EQ(answer_for(fallen.diagnose(), "pids-limit"), "likely");
}

TEST(CounterRise, AKillInBetweenIsEvidence) {
  Scene scene = killed_by_signal_9();
  scene.sample(kBefore, {{"cgroup_oom_kill", 1}, {"host_oom_kill", 2}})
      .sample(kAfter, {{"cgroup_oom_kill", 2}, {"host_oom_kill", 3}});
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(answer_for(diagnosis, "cgroup-oom"), "likely");
  EXPECT_EQ(
      last_words(diagnosis, "cgroup-oom"),
      "oom_kill has risen by 1 since 2026-11-25T03:05:00.000Z, and the failure was in between");
}

TEST(CounterRise, OldKillsAreNotThisOne) {
  Scene scene = killed_by_signal_9();
  EXPECT_EQ(answer_for(scene.diagnose(), "cgroup-oom"), "likely");
  scene.sample(kBefore, {{"cgroup_oom_kill", 2}, {"host_oom_kill", 2}})
      .sample(kAfter, {{"cgroup_oom_kill", 2}, {"host_oom_kill", 3}});
  EXPECT_EQ(
      answer_for(scene.diagnose(), "cgroup-oom"),
      "ruled out: memory.events oom_kill has not risen since 2026-11-25T03:05:00.000Z, before "
      "the failure: nothing of the server's cgroups was killed.");
  EXPECT_EQ(answer_for(scene.diagnose(), "host-oom"), "possible");
}

TEST(CounterRise, AKernelThatKilledNothingThenDidNotKillTheChild) {
  Scene scene = killed_by_signal_9();
  scene.sample(kBefore, {{"host_oom_kill", 3}}).sample(kAfter, {{"host_oom_kill", 3}});
  for (const auto* id : {"cgroup-oom", "host-oom"}) {
    EXPECT_EQ(answer_for(scene.diagnose(), id),
              "ruled out: oom_kill of /proc/vmstat has not risen since 2026-11-25T03:05:00.000Z, "
              "before the failure: the kernel killed nothing then.");
  }
}

}  // namespace
}  // namespace forkmend::diagnosis
