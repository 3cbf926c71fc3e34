// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/audit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace forkmend::diagnosis {
namespace {

Severity severity_of(const std::vector<Finding>& findings, std::string_view id) {
  const auto found = std::ranges::find(findings, id, &Finding::id);
  EXPECT_NE(found, findings.end()) << id;
  return found != findings.end() ? found->severity : Severity::unknown;
}

FactSet good_host() {
  FactSet facts;
  facts.set("host.overcommit_memory", std::int64_t{1}, "count", "test");
  facts.set("host.commit_limit", std::int64_t{12} << 30, "bytes", "test");
  facts.set("host.committed_as", std::int64_t{11} << 30, "bytes", "test");
  facts.set("host.thp_enabled", std::string("never"), "text", "test");
  facts.set("host.thp_sizes_on", std::string(), "text", "test");
  facts.set("host.threads", std::int64_t{300}, "count", "test");
  facts.set("host.threads_max", std::int64_t{190000}, "count", "test");
  facts.set("host.pid_max", std::int64_t{32768}, "count", "test");
  facts.set("host.mem_total", std::int64_t{16} << 30, "bytes", "test");
  facts.set("host.mem_available", std::int64_t{9} << 30, "bytes", "test");
  facts.set("host.swap_free", std::int64_t{0}, "bytes", "test");
  return facts;
}

FactSet good_server() {
  FactSet facts = good_host();
  facts.set("instance.local", true, "flag", "test");
  facts.set("instance.pid", std::int64_t{812}, "count", "test");
  facts.set("instance.nproc_soft", std::int64_t{7000}, "count", "test");
  facts.set("instance.uid_tasks", std::int64_t{5}, "count", "test");
  facts.set("redis.rdb_last_bgsave_status", std::string("ok"), "", "test");
  facts.set("redis.aof_last_bgrewrite_status", std::string("ok"), "", "test");
  facts.set("redis.aof_last_write_status", std::string("ok"), "", "test");
  facts.set("redis.rdb_last_bgsave_time_sec", std::int64_t{3}, "seconds", "test");
  facts.set("redis.maxmemory", std::int64_t{8} << 30, "bytes", "test");
  facts.set("redis.used_memory", std::int64_t{5} << 30, "bytes", "test");
  facts.set("redis.used_memory_rss", std::int64_t{6} << 30, "bytes", "test");
  facts.set("redis.mem_fragmentation_ratio", 1.2, "", "test");
  facts.set("redis.connected_slaves", std::int64_t{0}, "count", "test");
  facts.set("redis.config.repl-diskless-sync", std::string("no"), "text", "test");
  facts.set("redis.config.activedefrag", std::string("no"), "text", "test");
  return facts;
}

forecast::Forecast admitted() {
  forecast::Forecast forecast;
  forecast.verdict = forecast::Verdict::admitted;
  return forecast;
}

TEST(AuditHost, AGoodHostHasNoWarning) {
  EXPECT_EQ(worst(audit_host(good_host())), Severity::ok);
}

TEST(AuditHost, WarnsOfOvercommitOtherThanOne) {
  for (const std::int64_t mode : {0, 2}) {
    const auto findings = audit_host(good_host().with({{"host.overcommit_memory", mode}}));
    EXPECT_EQ(severity_of(findings, "overcommit-memory"), Severity::warning) << mode;
  }
}

TEST(AuditHost, CommittedMemoryMattersInModeTwoOnly) {
  // 11 of 12 GiB is 91 %.
  EXPECT_EQ(severity_of(audit_host(good_host()), "commit-limit"), Severity::ok);
  const auto strict = good_host().with({{"host.overcommit_memory", std::int64_t{2}}});
  EXPECT_EQ(severity_of(audit_host(strict), "commit-limit"), Severity::warning);
  const auto roomy = strict.with({{"host.committed_as", std::int64_t{10} << 30}});
  EXPECT_EQ(severity_of(audit_host(roomy), "commit-limit"), Severity::ok);
}

TEST(AuditHost, WarnsOfHugePagesThatAreNotOff) {
  for (const auto* mode : {"always", "madvise"}) {
    const auto findings = audit_host(good_host().with({{"host.thp_enabled", std::string(mode)}}));
    EXPECT_EQ(severity_of(findings, "thp"), Severity::warning) << mode;
  }
}

TEST(AuditHost, APerSizeKnobCountsAlthoughTheGlobalOneIsNever) {
  const auto findings =
      audit_host(good_host().with({{"host.thp_sizes_on", std::string("64kB=always")}}));
  EXPECT_EQ(severity_of(findings, "thp"), Severity::warning);
}

TEST(AuditHost, WhatIsNotKnownIsUnknown) {
  EXPECT_EQ(worst(audit_host(FactSet())), Severity::unknown);
}

FactSet knob(std::int64_t live, std::optional<std::int64_t> persisted) {
  FactSet facts = good_host();
  facts.set("host.overcommit_memory", live, "count", "test");
  facts.set("host.overcommit_ratio", std::int64_t{80}, "percent", "test");
  facts.set("host.overcommit_kbytes", std::int64_t{0}, "KiB", "test");
  for (const auto* name : {"host.persisted.overcommit_memory", "host.persisted.overcommit_ratio",
                           "host.persisted.overcommit_kbytes", "host.persisted.thp_enabled"}) {
    facts.set_missing(name, FactState::not_applicable, "sysctl.d", "no file sets it");
  }
  if (persisted) {
    facts.set("host.persisted.overcommit_memory", *persisted, "count",
              "/etc/sysctl.d/50-db.conf:7");
  }
  return facts;
}

Finding boot_finding(const FactSet& facts, std::string_view id) {
  const auto findings = audit_boot(facts);
  const auto found = std::ranges::find(findings, id, &Finding::id);
  return found != findings.end() ? *found : Finding{};
}

TEST(AuditBoot, AValueThatNoFileKeepsIsNamed) {
  const Finding finding = boot_finding(knob(1, std::nullopt), "boot-overcommit-memory");
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_EQ(finding.live, "1");
  EXPECT_EQ(finding.persisted, "0 (no file sets it)");
}

TEST(AuditBoot, TheOwnerOfAnotherValueIsNamed) {
  const Finding finding = boot_finding(knob(1, 2), "boot-overcommit-memory");
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_EQ(finding.persisted, "2 (set by /etc/sysctl.d/50-db.conf:7)");
  EXPECT_EQ(boot_finding(knob(1, 1), "boot-overcommit-memory").severity, Severity::ok);
  EXPECT_EQ(boot_finding(knob(0, std::nullopt), "boot-overcommit-memory").severity, Severity::ok);
}

TEST(AuditBoot, TheRatioMattersInModeTwoOnly) {
  EXPECT_EQ(boot_finding(knob(1, 1), "boot-overcommit-ratio").severity, Severity::ok);
  EXPECT_EQ(boot_finding(knob(2, 2), "boot-overcommit-ratio").severity, Severity::warning);
}

TEST(AuditBoot, TheKernelsOwnThpIsNoFault) {
  const Finding finding = boot_finding(knob(1, 1), "boot-thp");
  EXPECT_EQ(finding.severity, Severity::ok);
  EXPECT_EQ(finding.persisted, "no file sets it");
}

TEST(AuditBoot, WhatIsNotKnownIsUnknown) {
  EXPECT_EQ(boot_finding(FactSet(), "boot-thp").severity, Severity::unknown);
}

TEST(AuditInstance, AGoodServerHasNoWarning) {
  EXPECT_EQ(worst(audit_instance(good_server(), Diagnosis(), admitted())), Severity::ok);
}

TEST(AuditInstance, AFailedSaveIsCritical) {
  for (const auto* field : {"redis.rdb_last_bgsave_status", "redis.aof_last_bgrewrite_status",
                            "redis.aof_last_write_status"}) {
    const auto facts = good_server().with({{field, std::string("err")}});
    EXPECT_EQ(worst(audit_instance(facts, Diagnosis(), admitted())), Severity::critical) << field;
  }
}

TEST(AuditInstance, MinusOneMeansOnlyThatNoSaveChildHasFinished) {
  const auto facts = good_server().with({{"redis.rdb_last_bgsave_time_sec", std::int64_t{-1}}});
  const auto findings = audit_instance(facts, Diagnosis(), admitted());
  EXPECT_EQ(severity_of(findings, "saved-since-start"), Severity::warning);
  EXPECT_EQ(severity_of(findings, "rdb-status"), Severity::ok);
}

TEST(AuditInstance, ARefusedNextForkIsCritical) {
  forecast::Forecast refused;
  refused.verdict = forecast::Verdict::refused;
  refused.binding_rule = "OC2";
  const auto findings = audit_instance(good_server(), Diagnosis(), refused);
  EXPECT_EQ(severity_of(findings, "next-fork"), Severity::critical);
}

TEST(AuditInstance, MemoryMustHoldOneAndAHalfTimesTheServer) {
  // 6 GiB x 1.5 = 9 GiB.
  const auto facts = good_server().with({{"host.mem_total", std::int64_t{9} << 30}});
  const auto findings = audit_instance(facts, Diagnosis(), admitted());
  EXPECT_EQ(severity_of(findings, "memory-1.5x"), Severity::warning);
}

TEST(AuditInstance, MaxmemoryMustBeSetAndFit) {
  const auto unset = good_server().with({{"redis.maxmemory", std::int64_t{0}}});
  EXPECT_EQ(severity_of(audit_instance(unset, Diagnosis(), admitted()), "maxmemory"),
            Severity::warning);
  const auto large = good_server().with({{"redis.maxmemory", std::int64_t{12} << 30}});
  EXPECT_EQ(severity_of(audit_instance(large, Diagnosis(), admitted()), "maxmemory"),
            Severity::warning);
}

TEST(AuditInstance, FragmentationNeedsAMeaningfulGap) {
  const auto small = good_server().with({{"redis.mem_fragmentation_ratio", 9.0},
                                         {"redis.used_memory", std::int64_t{1} << 20},
                                         {"redis.used_memory_rss", std::int64_t{9} << 20}});
  EXPECT_EQ(severity_of(audit_instance(small, Diagnosis(), admitted()), "fragmentation"),
            Severity::ok);
  const auto large = good_server().with(
      {{"redis.mem_fragmentation_ratio", 2.0}, {"redis.used_memory", std::int64_t{3} << 30}});
  const auto findings = audit_instance(large, Diagnosis(), admitted());
  EXPECT_EQ(severity_of(findings, "fragmentation"), Severity::warning);
  EXPECT_EQ(severity_of(findings, "active-defrag"), Severity::warning);
}

TEST(AuditInstance, ReplicasWithoutDisklessSyncAreNamed) {
  const auto facts = good_server().with({{"redis.connected_slaves", std::int64_t{2}}});
  EXPECT_EQ(severity_of(audit_instance(facts, Diagnosis(), admitted()), "diskless-replication"),
            Severity::warning);
}

TEST(AuditInstance, AProcessLimitThatIsNearlyReachedIsNamed) {
  const auto facts = good_server().with({{"instance.uid_tasks", std::int64_t{6500}}});
  EXPECT_EQ(severity_of(audit_instance(facts, Diagnosis(), admitted()), "process-limit"),
            Severity::warning);
}

TEST(AuditInstance, NothingOfThisHostIsSaidAboutARemoteServer) {
  const auto facts = good_server().with({{"instance.local", false}});
  const auto findings = audit_instance(facts, Diagnosis(), admitted());
  EXPECT_EQ(std::ranges::find(findings, "memory-1.5x", &Finding::id), findings.end());
}

}  // namespace
}  // namespace forkmend::diagnosis
