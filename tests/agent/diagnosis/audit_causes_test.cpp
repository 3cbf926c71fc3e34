// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Causes that show before they bite.
#include <gtest/gtest.h>

#include "diagnosis/audit.hpp"
#include "scene.hpp"

namespace forkmend::diagnosis {
namespace {

std::vector<Finding> audited(Scene& scene) {
  const Diagnosis diagnosis = scene.diagnose();
  return audit_causes(scene.observation(), diagnosis);
}

const Finding* find(const std::vector<Finding>& findings, std::string_view id) {
  const auto found = std::ranges::find(findings, id, &Finding::id);
  return found != findings.end() ? &*found : nullptr;
}

std::string severity(Scene& scene, std::string_view id) {
  const auto findings = audited(scene);
  const Finding* finding = find(findings, id);
  return finding != nullptr ? std::string(to_string(finding->severity)) : "no finding";
}

Scene with_directory() {
  Scene scene;
  scene.set("instance.dir.path", std::string("/var/lib/redis"))
      .set("instance.dir.host_path", std::string("/var/lib/redis"))
      .set("instance.dir.exists", true)
      .set("instance.dir.deleted", false)
      .set("instance.dir.filesystem", std::string("ext4"))
      .set("instance.dir.filesystem_read_only", false)
      .set("instance.dir.mount_read_only", false)
      .set("instance.dir.writable", true)
      .set("instance.dir.immutable", false)
      .set("instance.dir.sticky", false)
      .set("instance.dir.quota", false)
      .set("instance.dir.total_bytes", 100 * kGiB)
      .set("instance.dir.available_bytes", 50 * kGiB)
      .set("instance.dir.total_inodes", std::int64_t{1'000'000})
      .set("instance.dir.available_inodes", std::int64_t{900'000})
      .set("instance.dir.target_type", std::string("regular"))
      .set("instance.dir.target_size", kGiB)
      .set("instance.dir.target_mount", false)
      .set("instance.dir.stale_temp_files", std::int64_t{0})
      .set("instance.dir.stale_temp_bytes", std::int64_t{0})
      .set("instance.fsize_limit", kUnlimited)
      .set("instance.mac_confined", false);
  return scene;
}

TEST(AuditCauses, FindsNothingOnAHealthyServer) {
  Scene scene = with_directory();
  for (const Finding& finding : audited(scene)) {
    EXPECT_NE(finding.severity, Severity::critical) << finding.id << ": " << finding.says;
    EXPECT_NE(finding.severity, Severity::warning) << finding.id << ": " << finding.says;
    EXPECT_EQ(finding.group, "cause");
  }
}

struct Change {
  const char* fact;
  FactValue value;
  const char* finding;
  const char* severity;
};

TEST(AuditCauses, ForeseesEachOfThem) {
  const auto changes = std::to_array<Change>({
      {"instance.uid_tasks", std::int64_t{64'000}, "nproc-limit", "critical"},
      {"host.threads", std::int64_t{4'194'304}, "system-task-limit", "critical"},
      {"instance.pids.0.max", std::int64_t{1}, "pids-limit", "critical"},
      {"instance.pid_namespace_init", false, "pid-namespace-dead", "critical"},
      {"host.mem_available", kMiB, "memory-shortage", "critical"},
      {"instance.dir.available_bytes", kMiB, "disk-full", "critical"},
      {"instance.dir.available_inodes", std::int64_t{0}, "inodes-exhausted", "critical"},
      {"instance.dir.filesystem_read_only", true, "read-only-filesystem", "critical"},
      {"instance.dir.mount_read_only", true, "read-only-sandbox", "critical"},
      {"instance.dir.writable", false, "permission-denied", "critical"},
      {"instance.dir.immutable", true, "immutable-or-sticky", "critical"},
      {"instance.dir.target_type", std::string("directory"), "target-busy", "critical"},
      {"instance.fsize_limit", kMiB, "file-size-limit", "critical"},
      {"instance.memory.0.oom_group", true, "unit-kill", "warning"},
      {"redis.role", std::string("slave"), "replica-about-to-abort", "warning"},
      {"redis.latest_fork_usec", std::int64_t{900'000}, "slow-fork", "warning"},
      {"host.persisted.overcommit_memory", std::int64_t{1}, "setting-reverted", "warning"},
  });
  for (const Change& change : changes) {
    Scene scene = with_directory();
    scene.mode(0)
        .set("instance.memory.levels", std::int64_t{1})
        .set("instance.memory.0.path", std::string("/sys/fs/cgroup/redis"))
        .set("instance.memory.0.max", kUnlimited)
        .set("instance.memory.0.current", kGiB)
        .set("instance.rss_anon", 2 * kGiB);
    EXPECT_NE(severity(scene, change.finding), change.severity)
        << change.finding << " was there before the change";
    scene.set(change.fact, change.value);
    EXPECT_EQ(severity(scene, change.finding), change.severity) << change.fact;
  }
}

// A sample of a monitoring system is known by subject and id.
TEST(AuditCauses, ShareNoIdWithTheChecklist) {
  Scene scene = with_directory();
  scene.set("redis.mem_fragmentation_ratio", 2.0).set("redis.used_memory_rss", 4 * kGiB);
  const Diagnosis diagnosis = scene.diagnose();
  std::vector<std::string> ids;
  const auto& observation = scene.observation();
  for (const auto& finding : audit_instance(observation.facts, diagnosis, observation.forecast)) {
    ids.push_back(finding.id);
  }
  for (const auto& finding : audit_causes(observation, diagnosis)) ids.push_back(finding.id);
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST(AuditCauses, OfStrictOvercommitIsTheCommitLimit) {
  Scene scene = with_directory();
  scene.mode(2).set("host.committed_as", 100 * kGiB);
  EXPECT_EQ(severity(scene, "commit-limit"), "critical");
}

TEST(AuditCauses, WhatCouldNotBeReadIsUnknown) {
  Scene scene;
  EXPECT_EQ(severity(scene, "disk-full"), "unknown");
  EXPECT_EQ(severity(scene, "permission-denied"), "unknown");
}

TEST(AuditCauses, OfAServerElsewhereSayNothingOfThisHost) {
  Scene scene = with_directory();
  scene.set("instance.local", false).set("instance.dir.available_bytes", kMiB);
  EXPECT_EQ(severity(scene, "disk-full"), "no finding");
  EXPECT_EQ(severity(scene, "commit-limit"), "no finding");
}

}  // namespace
}  // namespace forkmend::diagnosis
