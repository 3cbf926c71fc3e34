// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// OC2 with these facts: 2,070,528 pages (7.9 GiB) may be committed, 3 GiB are, the fork charges
// 2 GiB (see agent/forecast/strict_rule_test.cpp). With 7 GiB committed it is refused.
#include <gtest/gtest.h>

#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

Scene refused_strict() {
  Scene scene;
  scene.mode(2).save_fails().set("host.committed_as", 7 * kGiB);
  return scene;
}

TEST(CommitLimit, IsLikelyByArithmetic) {
  const Diagnosis diagnosis = refused_strict().log(kForkEnomem).diagnose();
  ASSERT_FALSE(diagnosis.causes.empty());
  EXPECT_EQ(diagnosis.causes.front().id, "commit-limit");
  EXPECT_EQ(diagnosis.causes.front().confidence, Confidence::likely);
  const auto& evidence = diagnosis.causes.front().evidence;
  ASSERT_EQ(evidence.size(), 2U);
  EXPECT_EQ(evidence[0].source, "server log /var/log/redis/redis.log");
  EXPECT_EQ(evidence[1].source, "kernel rule OC2");
  EXPECT_NE(evidence[1].says.find("7 GiB committed and 2 GiB for the child"), std::string::npos);
  EXPECT_FALSE(evidence[0].kernel || evidence[1].kernel);
}

TEST(CommitLimit, IsProvenByTheKernelsLine) {
  const Diagnosis diagnosis =
      refused_strict().log(kForkEnomem).kernel("2026-11-25T03:09:58Z", kRefusalLine).diagnose();
  ASSERT_FALSE(diagnosis.causes.empty());
  EXPECT_EQ(diagnosis.causes.front().confidence, Confidence::proven);
  EXPECT_TRUE(diagnosis.causes.front().evidence.back().kernel);
  EXPECT_EQ(diagnosis.causes.front().evidence.back().says, kRefusalLine);
}

TEST(CommitLimit, LinesOfKernelsBeforeSixTenCountToo) {
  for (const auto* text :
       {"__vm_enough_memory: pid: 812, comm: redis-server, no enough memory for the allocation",
        "__vm_enough_memory: pid: 812, comm: redis-server, not enough memory for the allocation"}) {
    EXPECT_EQ(answer_for(
                  refused_strict().log(kForkEnomem).kernel("2026-11-25T03:09:58Z", text).diagnose(),
                  "commit-limit"),
              "proven");
  }
}

TEST(CommitLimit, ALineOfAnotherProcessProvesNothing) {
  const Diagnosis diagnosis =
      refused_strict()
          .log(kForkEnomem)
          .kernel("2026-11-25T03:09:58Z",
                  "__vm_enough_memory: pid: 813, comm: redis-server, bytes: 2147483648 not enough "
                  "memory for the allocation")
          .diagnose();
  EXPECT_EQ(answer_for(diagnosis, "commit-limit"), "likely");
}

TEST(CommitLimit, ALineOfAnotherTimeProvesNothing) {
  // The same line is written for a refused mmap: 03:08 is not this fork of 03:09:58. 30 s and, for
  // a clock 100,000 s old, another 10 s are granted.
  const auto at = [](std::string_view time) {
    return answer_for(refused_strict().log(kForkEnomem).kernel(time, kRefusalLine).diagnose(),
                      "commit-limit");
  };
  EXPECT_EQ(at("2026-11-25T03:08:00Z"), "likely");
  EXPECT_EQ(at("2026-11-25T03:09:20Z"), "proven");
}

TEST(CommitLimit, ALineOlderThanTheProcessIsOfAnEarlierOwnerOfThePid) {
  Scene scene = refused_strict();
  // The process began 99,999 s after the boot, 19 s after the line; 11 s of drift are granted.
  scene.set("instance.start_time", std::int64_t{9'999'900})
      .log(kForkEnomem)
      .kernel("2026-11-25T03:09:40Z", kRefusalLine);
  EXPECT_EQ(answer_for(scene.diagnose(), "commit-limit"), "likely");
}

TEST(CommitLimit, ALineOfTheServerAloneIsAClaim) {
  const Diagnosis diagnosis = Scene().mode(2).save_fails().log(kForkEnomem).diagnose();
  EXPECT_EQ(answer_for(diagnosis, "commit-limit"), "possible");
  EXPECT_TRUE(says(diagnosis.advice, "gone at this moment"));
}

TEST(CommitLimit, IsToldEvenWhenItIsGone) {
  const Diagnosis diagnosis = Scene()
                                  .mode(2)
                                  .save_fails()
                                  .log(kForkEnomem)
                                  .kernel("2026-11-25T03:09:58Z", kRefusalLine)
                                  .diagnose();
  EXPECT_EQ(answer_for(diagnosis, "commit-limit"), "proven");
  EXPECT_TRUE(says(diagnosis.advice, "gone at this moment"));
}

// What was refused (2 GiB) is less than RAM (16 GiB): mode 0 and 1 let that pass.
TEST(CommitLimit, IsProvenAfterTheModeWasChanged) {
  for (const std::int64_t mode : {0, 1}) {
    const Diagnosis diagnosis = Scene()
                                    .mode(mode)
                                    .save_fails()
                                    .log(kForkEnomem)
                                    .kernel("2026-11-25T03:09:58Z", kRefusalLine)
                                    .diagnose();
    EXPECT_EQ(answer_for(diagnosis, "commit-limit"), "proven") << mode;
    EXPECT_NE(cause_of(diagnosis, "commit-limit")->evidence.back().says.find("it was 2 then"),
              std::string::npos);
    EXPECT_EQ(cause_of(diagnosis, "overcommit-heuristic"), nullptr) << mode;
  }
}

TEST(CommitLimit, IsLikelyWhenTheCounterIsTooClose) {
  Scene scene;
  // 2,070,528 - 524,288 - 1 pages committed: nothing is left, and the counter may be off by 16,384.
  scene.mode(2).set("host.committed_as", std::int64_t{1'546'239} * kPage).save_fails();
  EXPECT_EQ(answer_for(scene.diagnose(), "commit-limit"), "possible");
  EXPECT_EQ(answer_for(scene.log(kForkEnomem).diagnose(), "commit-limit"), "likely");
}

TEST(CommitLimit, IsPossibleWhenTheModeCannotBeRead) {
  Scene scene;
  scene.save_fails().hide("host.overcommit_memory").log(kForkEnomem);
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(answer_for(diagnosis, "commit-limit"), "possible");
  EXPECT_EQ(answer_for(diagnosis, "overcommit-heuristic"), "possible");
}

TEST(WithoutALog, ARefusingRuleIsLikely) {
  const Diagnosis diagnosis = refused_strict().diagnose();
  EXPECT_EQ(answer_for(diagnosis, "commit-limit"), "likely");
  EXPECT_TRUE(says(diagnosis.advice, "INFO does not tell why"));
}

TEST(WithoutALog, ALineNewerThanTheLastGoodSaveIsProof) {
  const auto at = [](std::string_view time) {
    return answer_for(refused_strict().kernel(time, kRefusalLine).diagnose(), "commit-limit");
  };
  EXPECT_EQ(at("2026-11-25T02:10:01Z"), "proven");
  EXPECT_EQ(at("2026-11-25T02:09:00Z"), "likely");
}

/// Every cause of a refused fork.
constexpr std::size_t kAssessed = 12;

TEST(WithoutALog, RulesThatAdmitPointToNothing) {
  const Diagnosis diagnosis = Scene().mode(2).save_fails().diagnose();
  EXPECT_TRUE(diagnosis.failing);
  EXPECT_TRUE(diagnosis.causes.empty());
  EXPECT_EQ(diagnosis.ruled_out.size(), kAssessed);
  EXPECT_EQ(answer_for(diagnosis, "commit-limit").find("ruled out: Nothing points to it. Admitted"),
            0U);
}

TEST(WithoutALog, WhatCannotBeReadIsNotRuledOut) {
  Scene scene;
  scene.mode(2).save_fails().hide("host.committed_as");
  const Diagnosis diagnosis = scene.diagnose();
  EXPECT_EQ(answer_for(diagnosis, "commit-limit"), "undecided");
  EXPECT_TRUE(says(diagnosis.advice, "commit-limit could not be checked"));
}

Scene old_kernel() {
  Scene scene;
  scene.save_fails()
      .set("host.kernel_release", std::string("4.19.0-26-amd64"))
      .set("host.overcommit_rule", std::string("old"))
      .set("host.free_for_heuristic", 3 * kGiB)
      .set("host.total_reserve", 64 * kMiB);
  return scene;
}

// One mapping of 2 GiB against 3 GiB free passes; against 1 GiB it is refused.
TEST(OvercommitHeuristic, FollowsTheRuleOfOldKernels) {
  Scene scene = old_kernel();
  scene.log(kForkEnomem);
  EXPECT_EQ(answer_for(scene.diagnose(), "overcommit-heuristic"), "possible");
  scene.set("host.free_for_heuristic", kGiB);
  EXPECT_EQ(answer_for(scene.diagnose(), "overcommit-heuristic"), "likely");
  EXPECT_EQ(answer_for(scene.diagnose(), "commit-limit"),
            "ruled out: vm.overcommit_memory is 0: CommitLimit is not enforced in mode 0.");
}

TEST(OvercommitHeuristic, IsRuledOutByTheRuleOfNewKernels) {
  const Diagnosis diagnosis = Scene().save_fails().log(kForkEnomem).diagnose();
  EXPECT_EQ(answer_for(diagnosis, "overcommit-heuristic")
                .find("ruled out: Admitted: the largest charged mapping has 2 GiB, RAM and swap"),
            0U);
}

TEST(OvercommitHeuristic, IsProvenByARefusalLargerThanRamAndSwap) {
  Scene scene;
  scene.save_fails()
      .set("instance.accountable_max", 17 * kGiB)
      .log(kForkEnomem)
      .kernel("2026-11-25T03:09:58Z",
              "__vm_enough_memory: pid: 812, comm: redis-server, bytes: 18253611008 not enough "
              "memory for the allocation");
  EXPECT_EQ(answer_for(scene.diagnose(), "overcommit-heuristic"), "proven");
  EXPECT_EQ(cause_of(scene.diagnose(), "commit-limit"), nullptr);
}

TEST(ModeOne, IsNeverOvercommit) {
  const Diagnosis diagnosis = Scene().mode(1).save_fails().log(kForkEnomem).diagnose();
  EXPECT_TRUE(diagnosis.causes.empty());
  for (const auto* id : {"commit-limit", "overcommit-heuristic"}) {
    EXPECT_EQ(answer_for(diagnosis, id),
              "ruled out: vm.overcommit_memory is 1: mode 1 never refuses.");
  }
  EXPECT_TRUE(says(diagnosis.advice, "ENOMEM, and none of the limits"));
}

// Every errno in every mode: which causes may be named at all. All rules are made to
// refuse, so that only errno and mode can keep a cause away.
TEST(ErrnoAndMode, DecideWhichCausesCanBe) {
  const auto scene = [](std::int64_t mode, std::string_view error) {
    Scene made;
    made.mode(mode)
        .save_fails()
        .set("host.committed_as", 100 * kGiB)
        .set("instance.accountable_max", 100 * kGiB)
        .set("instance.nproc_soft", std::int64_t{5})
        .set("instance.pids.0.max", std::int64_t{5})
        .set("instance.pids.0.events_max", std::int64_t{3})
        .set("host.threads_max", std::int64_t{400})
        .set("host.mem_available", std::int64_t{0})
        .set("instance.seccomp", std::int64_t{0})
        .log("812:M 25 Nov 2026 03:09:58.120 # Can't save in background: fork: " +
             std::string(error));
    return made.diagnose();
  };
  const auto ids = [](const Diagnosis& diagnosis) {
    std::vector<std::string> names;
    names.reserve(diagnosis.causes.size());
    for (const Cause& cause : diagnosis.causes) names.push_back(cause.id);
    std::ranges::sort(names);
    return names;
  };
  using Names = std::vector<std::string>;
  const Names tasks{"nproc-limit", "pids-limit", "system-task-limit"};
  const std::string enomem = "Cannot allocate memory";
  EXPECT_EQ(ids(scene(0, enomem)), (Names{"memory-shortage", "overcommit-heuristic"}));
  EXPECT_EQ(ids(scene(1, enomem)), (Names{"memory-shortage"}));
  EXPECT_EQ(ids(scene(2, enomem)), (Names{"commit-limit", "memory-shortage"}));
  for (const std::int64_t mode : {0, 1, 2}) {
    EXPECT_EQ(ids(scene(mode, "Resource temporarily unavailable")), tasks) << mode;
    for (const auto* other : {"Operation not permitted", "Function not implemented",
                              "Permission denied", "Invalid argument"}) {
      const Diagnosis diagnosis = scene(mode, other);
      EXPECT_TRUE(diagnosis.causes.empty()) << mode << " " << other;
      EXPECT_EQ(diagnosis.ruled_out.size(), kAssessed) << mode << " " << other;
    }
    EXPECT_EQ(ids(scene(mode, "File exists")), Names{"child-slot-taken"}) << mode;
  }
}

}  // namespace
}  // namespace forkmend::diagnosis
